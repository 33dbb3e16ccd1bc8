"""A saliency method as a user would add it: SmoothGrad in two samples, without its own scores."""

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
    """How far the samples are apart."""

    sd: float = Field(0.1, ge=0, description="Standard deviation.")


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Mean gradients (N, H, W): this method sums over the colours itself."""
    samples = [images + parameters.sd * noise.normal() for _ in range(2)]
    found = [score_and_gradient(classifier, sample, targets).gradient for sample in samples]
    return Attribution(torch.stack(found).mean(dim=0).sum(dim=1))
