"""Gaussian blur of images and maps, without a convolution.

    B(i, j) = sum over k, l of w_k w_l x(i + k, j + l),  w_k proportional to exp(-k² / (2 sigma²))

Weights are cut off at 4 sigma and add up to 1; beyond its edge an image is mirrored, the edge pixel
with it, so a blur keeps the sum. Both as in `scipy.ndimage.gaussian_filter`, which it equals up to
rounding. Shifted copies are added in one order: a row's bits depend neither on its neighbours nor
on its position, and a mirrored image has the mirrored blur, to the last bit.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

CUT = 4.0  # standard deviations, as scipy's `truncate`


def gaussian_blur(images: Tensor, sigma: float) -> Tensor:
    """Images or maps (..., H, W), float32, blurred; themselves where `sigma` is 0.

    sigma: standard deviation in pixels, >= 0.
    """
    if sigma == 0:
        return images
    weights = _weights(sigma)
    return _along(_along(images, weights, dim=-2), weights, dim=-1)


def _weights(sigma: float) -> list[float]:
    """w_0, w_1, ...: the weight of a pixel at each distance on one side."""
    reach = int(CUT * sigma + 0.5)
    heights = [math.exp(-(distance**2) / (2 * sigma**2)) for distance in range(reach + 1)]
    total = heights[0] + 2 * math.fsum(heights[1:])
    return [height / total for height in heights]


def _along(images: Tensor, weights: list[float], *, dim: int) -> Tensor:
    """Blurred in one direction."""
    reach, side = len(weights) - 1, images.shape[dim]
    places = torch.arange(-reach, side + reach, device=images.device) % (2 * side)
    mirrored = images.index_select(dim, torch.minimum(places, 2 * side - 1 - places))
    total = weights[0] * mirrored.narrow(dim, reach, side)
    for distance, weight in enumerate(weights[1:], start=1):
        before = mirrored.narrow(dim, reach - distance, side)
        after = mirrored.narrow(dim, reach + distance, side)
        total = total + weight * (before + after)
    return total
