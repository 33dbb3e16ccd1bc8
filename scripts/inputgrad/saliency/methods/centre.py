"""Centre: a Gaussian in the middle of every photograph, a control that sees nothing at all.

    M(i, j) = exp(-((i - c)² + (j - c)²) / (2 s²)),  c the middle, s = sigma × the side

Photographers put the object in the middle, so this map alone is a strong baseline of localisation
and of deletion (Judd, Ehinger, Durand, Torralba 2009, "Learning to predict where humans look", use
the distance from the centre): a method must beat it, not zero.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """How wide the middle is."""

    sigma: float = Field(
        0.25, gt=0, le=10, description="Standard deviation, as a share of the image's side."
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """The same map (N, H, W) in (0, 1] for every image (N, 3, H, W)."""
    del classifier, targets, noise
    rows, columns = (_profile(side, sigma=parameters.sigma * side) for side in images.shape[2:])
    heights = torch.tensor([[down * across for across in columns] for down in rows])
    return Attribution(heights.to(images.device).expand(len(images), -1, -1))


def _profile(side: int, *, sigma: float) -> list[float]:
    """The Gaussian along one side, at the middles of its pixels."""
    return [math.exp(-((place + 0.5 - side / 2) ** 2) / (2 * sigma**2)) for place in range(side)]
