"""The penalty -lambda * sum of squared differences between neighbours, in [0, 1] units.

    -lambda * sum (x[i + 1, j] - x[i, j])^2 + (x[i, j + 1] - x[i, j])^2

over pixels and colours of the image in [0, 1]. A quadratic total variation as in Mahendran and
Vedaldi 2015 (section 3, beta = 2): it takes off grain and leaves slow changes almost free.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless, by_row, setting
from inputgrad.models.classifier import Classifier


class Smoothness(Stateless):
    """The penalty with one `weight` (lambda) for each item."""

    def __init__(self, weight: Sequence[float], classifier: Classifier) -> None:
        self._weight = setting(weight, classifier.mean)
        self._variance = classifier.std.square()

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """2 * lambda * the discrete Laplacian, with respect to normalised images."""
        weight = by_row(2 * self._weight[rows.item], images)
        return weight * (self._variance * laplacian(images))


def laplacian(images: Tensor) -> Tensor:
    """Sum of (neighbour - x) over the up to four neighbours of every pixel, (N, C, H, W)."""
    down, right = images.diff(dim=2), images.diff(dim=3)
    found = torch.zeros_like(images)
    found[:, :, :-1] += down
    found[:, :, 1:] -= down
    found[:, :, :, :-1] += right
    found[:, :, :, 1:] -= right
    return found
