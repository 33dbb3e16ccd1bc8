"""SmoothGrad: the mean gradient around the photograph, in which single pixels' jumps average out.

    M = 1/n sum over k of dS_y / dx (x + sigma n_k),  n_k standard normal, drawn anew for each k

Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, "SmoothGrad: removing noise by adding noise" (arXiv
1706.03825). They give the noise as a share of the image's own range, 10 to 20 %; here it is a share
of the range [0, 1] of all images, so that every photograph gets the same. The noisy images are not
clipped, as there.

The noise is drawn for each photograph by itself (Captum's NoiseTunnel draws it from the global
generator, so that a map would hang on what was computed before), and the samples come one after the
other in a batch of constant shape, so the memory does not grow with their number. The gradients are
added in float64, in which the mean of n equal ones is exactly what they are: with sigma = 0 the map
is the gradient. Where a score has a stand-in (SqueezeNet), each noisy image has its own.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """How many noisy images there are, and how noisy."""

    samples: int = Field(16, ge=1, le=1000, description="Noisy images for each photograph.")
    sigma: float = Field(
        0.15, ge=0, le=1, description="Standard deviation of the noise, in [0, 1] units."
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Mean gradients (N, 3, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1]."""
    total = torch.zeros_like(images, dtype=torch.float64)
    for _ in range(parameters.samples):
        noisy = images + parameters.sigma * noise.normal()
        total += score_and_gradient(classifier, noisy, targets).gradient
    return Attribution((total / parameters.samples).to(images.dtype))
