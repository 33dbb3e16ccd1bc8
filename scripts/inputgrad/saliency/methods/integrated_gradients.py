"""Integrated gradients: what each pixel contributes on the way from a baseline to the photograph.

    M = (x - b) * 1/n sum over k of dS_y / dx (b + (k - 1/2) / n (x - b)),  k = 1..n

the midpoint rule for the integral of Sundararajan, Taly, Yan 2017, "Axiomatic attribution for deep
networks" (arXiv 1703.01365), equation 1 (they sum at the right ends, equation 3). Its sum over
pixels and colours is S_y(x) - S_y(b), up to the error of the sum (*completeness*). Captum's
`IntegratedGradients` does the work, one point of the way after the other in a batch of constant
shape, so the memory does not grow with the number of points.

The baseline is black, their choice for images; then black pixels of the photograph get nothing. For
comparison: the mean colour, and the photograph itself blurred by 10 pixels at 224 (Fong, Vedaldi
2017, "Interpretable explanations of black boxes", section 4.3), after Sturmfels, Lundberg, Lee
2020, "Visualizing the impact of feature attribution baselines".

SqueezeNet's logit has a stand-in where it is zero. One score is attributed on the whole way: the
logit where it is not zero at the photograph, and then the way's points at which it is have the
gradient zero; else the stand-in, where there is one, and completeness is not to be had.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.images.blurring import gaussian_blur
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution, scores_of
from inputgrad.saliency.parameters import SaliencyParameters

BLUR = 10 / 224  # standard deviation of the baseline `blur`, as a share of the image's side


class Parameters(SaliencyParameters):
    """Where the way begins, and how many points of it are looked at."""

    steps: int = Field(50, ge=2, le=1000, description="Points of the way, one gradient each.")
    baseline: Literal["black", "mean", "blur"] = Field(
        "black",
        description="Where the way begins: `black`; `mean`, the mean colour of the network's "
        "training; `blur`, the photograph blurred.",
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Signed maps (N, 3, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1]."""
    del noise
    scored = scores_of(classifier, images, targets)
    baseline = BASELINES[parameters.baseline](classifier, images)
    maps: Tensor = IntegratedGradients(partial(_score, classifier)).attribute(
        images.detach().contiguous(memory_format=torch.channels_last),
        baseline.contiguous(memory_format=torch.channels_last),
        additional_forward_args=(targets, scored.zero),
        n_steps=parameters.steps,
        method="riemann_middle",
        internal_batch_size=len(images),
    )
    return Attribution(maps.detach(), scored)


def _score(classifier: Classifier, images: Tensor, targets: Tensor, replaced: Tensor) -> Tensor:
    """Scores (N,): the logits, constant where they have no gradient, or `replaced` (N,), as is."""
    found = classifier.score_targets(classifier.normalize(images), targets)
    return torch.where(found.zero & ~replaced, 0, found.score)


def _black(classifier: Classifier, images: Tensor) -> Tensor:
    del classifier
    return torch.zeros_like(images)


def _mean(classifier: Classifier, images: Tensor) -> Tensor:
    return classifier.mean.expand_as(images)


def _blurred(classifier: Classifier, images: Tensor) -> Tensor:
    del classifier
    return gaussian_blur(images, BLUR * images.shape[-1])


BASELINES: dict[str, Callable[[Classifier, Tensor], Tensor]] = {
    "black": _black,
    "mean": _mean,
    "blur": _blurred,
}
