"""Between 8-bit pixels and the tensors that a model takes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from inputgrad.engine.records import Pixels


def to_tensor(pixels: Pixels) -> Tensor:
    """(H, W, 3) uint8 to (3, H, W) float32 in [0, 1]."""
    return torch.from_numpy(pixels).permute(2, 0, 1).to(torch.float32).div(255)


def to_pixels(image: Tensor) -> Pixels:
    """(3, H, W) float32 in [0, 1] to (H, W, 3) uint8, rounded to the nearest level."""
    levels = image.detach().clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
