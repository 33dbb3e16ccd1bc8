"""The ascent of the practical work, to the letter: score minus an L2 penalty, by the raw gradient.

    x <- clamp(x + eta * g),  g = d(S_class(x) - lambda * |x|^2) / dx

x is the *normalised* image (zero mean, unit variance by channel, Simonyan et al. 2014, section
2), started from unit Gaussian noise or a photograph; what keeps it near images is in `restrained`.
As in the practical work a shift goes down and right only, by 0 to 16 pixels, and pictures are kept
after the first step, after every 25th and after the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad.class_visualization.optimizers import Ascent
from inputgrad.class_visualization.parameters import RestrainedParameters
from inputgrad.class_visualization.parts import Parts
from inputgrad.class_visualization.restrained import restrained
from inputgrad.config.settings import Annotated, Field
from inputgrad.models.classifier import Classifier


class Parameters(RestrainedParameters):
    """Settings of one ascent; those of the practical work by default."""

    iterations: int = Field(200, ge=1, le=100_000, description="Steps.")
    snapshots: list[Annotated[int, Field(ge=0)]] = Field(
        [1, 25, 50, 75, 100, 125, 150, 175],
        description="Iterations that are kept beside the last one.",
    )
    eta: float = Field(5.0, gt=0, le=10_000, description="Step size, by which g is multiplied.")
    shift_both_ways: bool = Field(
        False, description="Shift up and left as well, from -`shift` instead of from 0."
    )


def parts(settings: Sequence[Parameters], classifier: Classifier) -> Parts:
    """The parts of a batch whose items have these settings, all of one parameterisation."""
    return restrained(settings, classifier, Ascent([p.eta for p in settings], classifier))
