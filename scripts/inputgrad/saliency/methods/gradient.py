"""Gradient saliency: how strongly each pixel, changed a little, moves the score of a class.

    M(i, j) = max over c of |dS_y / dx(c, i, j)|,  S_y the logit of class y

Simonyan, Vedaldi, Zisserman 2014, section 3.1. The image x is in [0, 1]; normalising by channel
happens inside the model, so a channel's weight includes 1 / std of that channel.
"""

from __future__ import annotations

from torch import Tensor

from inputgrad.config.settings import Settings
from inputgrad.engine.gradients import max_abs, score_and_gradient
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution


class Parameters(Settings):
    """The plain gradient has nothing to set."""


def attribute(classifier: Classifier, images: Tensor, targets: Tensor) -> Attribution:
    """Maps (N, H, W) >= 0 of the classes `targets` (N,) for images (N, 3, H, W) in [0, 1]."""
    scored = score_and_gradient(classifier, images, targets)
    return Attribution(max_abs(scored.gradient), scored)
