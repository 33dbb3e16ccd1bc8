"""Class score and the restraints that `practical` and `normalized` share.

In each step the network sees the image shifted at random by up to `shift` pixels; -lambda * |x|^2
is added to the score; the image is clamped to what one can hold, and blurred every `blur_every`
steps, counting from 0 (after Yosinski et al. 2015, section 3). With another `parameterization` than
pixels the same rule climbs in its parameters: eta is a length there, and blurred is their image.
"""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad import registry
from inputgrad.class_visualization.objectives import ClassScore
from inputgrad.class_visualization.parameters import RestrainedParameters
from inputgrad.class_visualization.parts import Optimizer, Parts
from inputgrad.class_visualization.regularizers.blur import Blur
from inputgrad.class_visualization.regularizers.l2 import L2
from inputgrad.class_visualization.transforms import Shift
from inputgrad.models.classifier import Classifier


def restrained(
    settings: Sequence[RestrainedParameters], classifier: Classifier, optimizer: Optimizer
) -> Parts:
    """The parts of a batch whose items have these settings, all of one parameterisation."""
    parameterization = registry.load_parameterization(settings[0].parameterization)
    return Parts(
        objective=ClassScore(classifier),
        parameterization=parameterization.Parameterization(classifier),
        transforms=[Shift([p.shift for p in settings], [p.shift_both_ways for p in settings])],
        penalties=[L2([p.lambda_ for p in settings], classifier)],
        optimizer=optimizer,
        edits=[
            Blur([p.blur_sigma for p in settings], [p.blur_every for p in settings], classifier)
        ],
    )
