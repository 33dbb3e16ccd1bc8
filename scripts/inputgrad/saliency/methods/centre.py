"""Centre: a spot in the middle of every photograph, a control that sees nothing at all.

This map alone (`images/centre.py`) is a strong baseline of localisation and of deletion: a method
must beat it, not zero.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.images.centre import SIGMA, centre_spot
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """How wide the middle is."""

    sigma: float = Field(
        SIGMA, gt=0, le=10, description="Standard deviation, as a share of the image's side."
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """The same map (N, H, W) in (0, 1] for every image (N, 3, H, W)."""
    del classifier, targets, noise
    height, width = images.shape[2:]
    spot = torch.tensor(centre_spot(height, width, sigma=parameters.sigma))
    return Attribution(spot.to(images.device).expand(len(images), -1, -1))
