"""A Gaussian blur after every k-th step, counting from 0: it takes off high frequencies.

After Yosinski et al. 2015, section 3 ("Gaussian blur"). Deviation: none in the rule; the kernel is
that of `scipy.ndimage.gaussian_filter` with mirrored edges.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless, by_row, setting
from inputgrad.engine.slots import worth_doing
from inputgrad.models.classifier import Classifier

TRUNCATE = 4.0  # radius of the kernel in standard deviations, as scipy.ndimage's default


class Blur(Stateless):
    """Standard deviation `sigma` in pixels (0 for none) and period `every` of each item."""

    def __init__(
        self, sigma: Sequence[float], every: Sequence[int], classifier: Classifier
    ) -> None:
        self._sigma = setting(sigma, classifier.mean)
        self._every = setting(every, classifier.mean, dtype=torch.int64)
        self._kernels = {value: gaussian_kernel(value) for value in sorted({*sigma} - {0.0})}

    def due(self, rows: Rows) -> Tensor:
        """Rows with a blur, after steps 0, k, 2k, ..."""
        return (rows.turn % self._every[rows.item] == 0) & (self._sigma[rows.item] > 0)

    def edited(self, images: Tensor, due: Tensor, rows: Rows) -> Tensor:
        """The rows `due` blurred, each by its own kernel."""
        sigma = self._sigma[rows.item]
        for value, kernel in self._kernels.items():
            chosen = due & (sigma == value)
            if worth_doing(chosen):
                images = torch.where(by_row(chosen, images), blur(images, kernel), images)
        return images


def gaussian_kernel(sigma: float) -> Tensor:
    """Normalised weights of `scipy.ndimage.gaussian_filter1d`, (2 * radius + 1,) float32."""
    radius = int(TRUNCATE * sigma + 0.5)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return (weights / weights.sum()).float()


def blur(images: Tensor, kernel: Tensor) -> Tensor:
    """Separable blur of (N, C, H, W) with mirrored edges (scipy's mode 'reflect').

    Height and width must be at least half of the kernel's length.
    """
    rows = images.permute(0, 2, 3, 1)
    for dimension in (1, 2):
        rows = _blur_along(rows, kernel, dimension)
    return rows.permute(0, 3, 1, 2)


def _blur_along(rows: Tensor, kernel: Tensor, dimension: int) -> Tensor:
    size, radius = rows.shape[dimension], len(kernel) // 2
    before, after = (rows.narrow(dimension, at, radius) for at in (0, size - radius))
    mirrored = torch.cat([before.flip(dimension), rows, after.flip(dimension)], dimension)
    blurred = torch.zeros_like(rows)
    for offset, weight in enumerate(kernel.tolist()):
        blurred.add_(mirrored.narrow(dimension, offset, size), alpha=weight)
    return blurred
