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
    rows, height, width = len(images), images.shape[2], images.shape[3]
    down = (torch.arange(height, device=images.device) - offsets[:, :1]) % height
    right = (torch.arange(width, device=images.device) - offsets[:, 1:]) % width
    index = torch.arange(rows, device=images.device).view(-1, 1, 1)
    moved = images.permute(0, 2, 3, 1)[index, down[:, :, None], right[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def gaussian_kernel(sigma: float) -> Tensor:
    """Normalised weights of `scipy.ndimage.gaussian_filter1d`, (2 * radius + 1,) float32."""
    radius = int(TRUNCATE * sigma + 0.5)
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights = torch.exp(-0.5 * (offsets / sigma) ** 2)
    return (weights / weights.sum()).float()


def blur(images: Tensor, kernel: Tensor) -> Tensor:
    """Separable blur of (N, C, H, W) with mirrored edges (scipy's mode 'reflect')."""
    for dimension in (2, 3):
        images = _blur_along(images, kernel, dimension)
    return images


def _blur_along(images: Tensor, kernel: Tensor, dimension: int) -> Tensor:
    size, radius = images.shape[dimension], len(kernel) // 2
    position = torch.arange(size, device=images.device)
    blurred = torch.zeros_like(images)
    for offset, weight in zip(range(-radius, radius + 1), kernel.tolist(), strict=True):
        source = position + offset
        source = torch.where(source < 0, -1 - source, source)
        source = torch.where(source >= size, 2 * size - 1 - source, source)
        blurred += weight * images.index_select(dimension, source)
    return blurred


def total_variation(image: Tensor) -> float:
    """Mean absolute difference between neighbours of (3, H, W), both directions."""
    down = (image[:, 1:] - image[:, :-1]).abs().double().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).abs().double().mean()
    value = float((down + right) / 2)
    assert math.isfinite(value)
    return value
