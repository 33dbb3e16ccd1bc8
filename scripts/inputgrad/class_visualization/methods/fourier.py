"""Fourier coefficients climbed by Adam under random views: pictures that people recognise.

    p <- p + Adam(d(z_c(view(x)) - mean of the other z - lambda * R(x)) / dp),  x = x(p)

p are the coefficients of `parameterizations/fourier.py`; every step looks at one random view with
Gaussian noise (`transforms.View`, `transforms.Noise`); R is the sum of squared differences of
neighbours (`regularizers/smoothness.py`). No blur, clamp or L2 penalty: the parameterisation keeps
x in [0, 1] and lets the low frequencies grow as fast as the high ones, and the views leave a
pattern that must hold at many sizes and places (Olah, Mordvintsev and Schubert 2017, "Feature
Visualization"). Deviations from lucid: views instead of jitter, scale and rotation in turn, one
contrast of classes as the objective, a step size that falls.

Each ingredient can be taken out: `parameterization: pixels` or `fourier_rgb`, `smallest_view` and
`largest_view` 1 with `margin` 0, `noise_sd` 0, `lambda` 0, another `objective`. Measured on 32
random classes with two starts each, in 100 steps, of 128 cases (a picture, a network of the other
family) named, SqueezeNet 1.1 / EfficientNet-Lite0: all 35 / 43; pixels 0 / 7, one view 6 / 14, no
decorrelated colour 23 / 6, log-probability 17 / 22, no smoothness 44 / 25, the score alone 23 / 41,
no noise 65 / 37. So noise costs SqueezeNet 1.1 recognition; it stays, since without it the pictures
of the ten classes that were laid side by side hold more copies on a busier ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from inputgrad import registry
from inputgrad.class_visualization.objectives import Terms
from inputgrad.class_visualization.optimizers import Adam
from inputgrad.class_visualization.parameters import AscentParameters, ParameterizationName
from inputgrad.class_visualization.parts import Parts
from inputgrad.class_visualization.regularizers.smoothness import Smoothness
from inputgrad.class_visualization.transforms import Noise, View
from inputgrad.config.settings import Annotated, Field
from inputgrad.models.classifier import Classifier


class Parameters(AscentParameters):
    """Settings of one ascent."""

    iterations: int = Field(200, ge=1, le=100_000, description="Steps.")
    snapshots: list[Annotated[int, Field(ge=0)]] = Field(
        [0, 10, 25, 50, 100], description="Iterations that are kept beside the last one."
    )
    objective: Literal["contrast", "score", "log_probability"] = Field(
        "contrast",
        description="What is climbed: the class score minus the mean of the others, the score "
        "alone, or the logarithm of the probability.",
    )
    eta: float = Field(0.05, gt=0, le=100, description="Adam's step size at the first step.")
    eta_last: float = Field(
        0.1, gt=0, le=1, description="Share of `eta` that is left at the last step."
    )
    lambda_: float = Field(
        0.02, ge=0, le=10, alias="lambda", description="Weight of the smoothness penalty."
    )
    smallest_view: float = Field(
        0.5, gt=0, le=2, description="Side of the smallest view, of the image's side."
    )
    largest_view: float = Field(
        1.1, gt=0, le=2, description="Side of the largest view, of the image's side."
    )
    margin: float = Field(
        0.143,
        ge=0,
        le=1,
        description="How far a view may reach over the edge, of half the image's side.",
    )
    noise_sd: float = Field(
        0.05, ge=0, le=1, description="Standard deviation of the noise, [0, 1] units."
    )
    parameterization: ParameterizationName = Field(
        "fourier", description="What is climbed in; one of those listed in `registry.py`."
    )


def parts(settings: Sequence[Parameters], classifier: Classifier) -> Parts:
    """The parts of a batch whose items have these settings, all of one parameterisation."""
    parameterization = registry.load_parameterization(settings[0].parameterization)
    return Parts(
        objective=Terms([{p.objective: 1.0} for p in settings], classifier),
        parameterization=parameterization.Parameterization(classifier),
        transforms=[
            View(
                [min(p.smallest_view, p.largest_view) for p in settings],
                [p.largest_view for p in settings],
                [p.margin for p in settings],
                classifier,
            ),
            Noise([p.noise_sd for p in settings], classifier),
        ],
        penalties=[Smoothness([p.lambda_ for p in settings], classifier)],
        optimizer=Adam(
            [p.eta for p in settings],
            [p.eta * p.eta_last for p in settings],
            [p.iterations for p in settings],
            classifier,
        ),
    )
