"""Gradient saliency: how strongly each pixel, changed a little, moves the score of a class.

    M(c, i, j) = dS_y / dx(c, i, j),  S_y the logit of class y

Simonyan, Vedaldi, Zisserman 2014, section 3.1, who take the largest absolute value over the
colours c (`reduction: max_abs`, the default). The image x is in [0, 1]; normalising by channel
happens inside the model, so a channel's weight includes 1 / std of that channel.
"""

from __future__ import annotations

from torch import Tensor

from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """The plain gradient has nothing else to set."""


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Gradients (N, 3, H, W) of the classes `targets` (N,) at images (N, 3, H, W) in [0, 1]."""
    del parameters, noise
    scored = score_and_gradient(classifier, images, targets)
    return Attribution(scored.gradient, scored)
