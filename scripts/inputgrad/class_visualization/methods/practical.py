"""The ascent of the practical work: score minus an L2 penalty, with shifts and blur.

    x <- clamp(x + eta * g),  g = d(S_class(x) - lambda * |x|^2) / dx

x is the *normalised* image (zero mean, unit variance by channel, Simonyan et al. 2014, section
2), started from unit Gaussian noise or a photograph. In each step the network sees x shifted at
random by up to `shift` pixels; x is clamped to what an image can hold, and blurred every
`blur_every` steps (regularisers after Yosinski et al. 2015, section 3). With `normalize_gradient`
g is divided by its L2 norm, so eta is the length of a step. With another `parameterization` than
pixels the same rule climbs in its parameters: eta is a length there, and blurred is their image.
"""

from __future__ import annotations

from collections.abc import Sequence

from inputgrad import registry
from inputgrad.class_visualization.objectives import ClassScore
from inputgrad.class_visualization.optimizers import Ascent
from inputgrad.class_visualization.parameters import AscentParameters, ParameterizationName
from inputgrad.class_visualization.parts import Parts
from inputgrad.class_visualization.regularizers.blur import Blur
from inputgrad.class_visualization.regularizers.l2 import L2
from inputgrad.class_visualization.transforms import Shift
from inputgrad.config.settings import Field
from inputgrad.models.classifier import Classifier


class Parameters(AscentParameters):
    """Settings of one ascent; those of the practical work by default."""

    eta: float = Field(
        8.0, gt=0, le=10_000, description="Step size; the step's L2 length if normalised."
    )
    lambda_: float = Field(
        1e-3, ge=0, le=10, alias="lambda", description="Weight of the L2 penalty."
    )
    normalize_gradient: bool = Field(True, description="Divide the gradient by its L2 norm.")
    shift: int = Field(16, ge=0, le=512, description="Largest random shift, pixels.")
    blur_sigma: float = Field(
        0.5, ge=0, le=20, description="Standard deviation of the blur, pixels; 0 for none."
    )
    blur_every: int = Field(10, ge=1, description="Steps between two blurs.")
    parameterization: ParameterizationName = Field(
        "pixels", description="What is climbed in; one of those listed in `registry.py`."
    )


def parts(settings: Sequence[Parameters], classifier: Classifier) -> Parts:
    """The parts of a batch whose items have these settings, all of one parameterisation."""
    parameterization = registry.load_parameterization(settings[0].parameterization)
    return Parts(
        objective=ClassScore(classifier),
        parameterization=parameterization.Parameterization(classifier),
        transforms=[Shift([p.shift for p in settings])],
        penalties=[L2([p.lambda_ for p in settings], classifier)],
        optimizer=Ascent(
            [p.eta for p in settings], [p.normalize_gradient for p in settings], classifier
        ),
        edits=[
            Blur([p.blur_sigma for p in settings], [p.blur_every for p in settings], classifier)
        ],
    )
