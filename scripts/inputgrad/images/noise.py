"""Noise of a given length on an image."""

from __future__ import annotations

import torch
from torch import Tensor


def with_noise(original: Tensor, length: float, *, generator: torch.Generator) -> Tensor:
    """Original (3, H, W) plus Gaussian noise of this L2 norm, not clipped."""
    noise = torch.randn(original.shape, generator=generator)
    noisy: Tensor = original + length * noise / noise.norm()
    return noisy
