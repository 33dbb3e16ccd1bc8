"""Transforms between two steps of the ascent: shifts and blur, each row by its own numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

TRUNCATE = 4.0  # radius of the kernel in standard deviations, as scipy.ndimage's default


def shift(images: Tensor, offsets: Tensor) -> Tensor:
    """Roll images (N, 3, H, W) by `offsets` (N, 2) pixels down and right, with wrap-around.

    Yosinski et al. 2015 and Mordvintsev et al. 2015 call it jitter: a pattern must not hang on
    its position.
    """
    count, colours, height, width = images.shape
    row = torch.arange(count, device=images.device)[:, None]
    down = (torch.arange(height, device=images.device) - offsets[:, :1]) % height
    right = (torch.arange(width, device=images.device) - offsets[:, 1:]) % width
    source = (row * height + down)[:, :, None] * width + right[:, None, :]
    pixels = images.permute(0, 2, 3, 1).reshape(-1, colours)
    moved = pixels.index_select(0, source.flatten()).view(count, height, width, colours)
    return moved.permute(0, 3, 1, 2)


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


def total_variation(image: Tensor) -> float:
    """Mean absolute difference between neighbours of (3, H, W), both directions."""
    down = (image[:, 1:] - image[:, :-1]).abs().double().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).abs().double().mean()
    value = float((down + right) / 2)
    assert math.isfinite(value)
    return value
