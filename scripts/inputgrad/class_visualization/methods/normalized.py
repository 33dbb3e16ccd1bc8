"""The ascent of the practical work with steps of one length: the gradient over its L2 norm.

    x <- clamp(x + eta * g / |g|),  g = d(S_class(x) - lambda * |x|^2) / dx

So eta is the length of a step, whatever the network and however steep the score is. x and what
keeps it near images are as in `practical`; a shift goes in all directions.
"""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad.class_visualization.optimizers import NormalizedAscent
from inputgrad.class_visualization.parameters import RestrainedParameters
from inputgrad.class_visualization.parts import Parts
from inputgrad.class_visualization.restrained import restrained
from inputgrad.config.settings import Field
from inputgrad.models.classifier import Classifier


class Parameters(RestrainedParameters):
    """Settings of one ascent."""

    eta: float = Field(8.0, gt=0, le=10_000, description="L2 length of a step.")
    shift_both_ways: bool = Field(
        True, description="Shift up and left as well, from -`shift` instead of from 0."
    )


def parts(settings: Sequence[Parameters], classifier: Classifier) -> Parts:
    """The parts of a batch whose items have these settings, all of one parameterisation."""
    return restrained(settings, classifier, NormalizedAscent([p.eta for p in settings], classifier))
