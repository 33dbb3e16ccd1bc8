"""Views of the image, drawn at random for each step, and the adjoints of their maps.

The draws of all steps are made at the start of an item, from the stream of its class, so a row's
view depends on nothing but its class, its settings and the number of its step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Beginning, PullBack, Rows
from inputgrad.engine.slots import State


class Shift:
    """Roll by up to `largest` pixels down and right, or in both directions, with wrap-around.

    Mordvintsev et al. 2015 call it jitter: a pattern must not depend on its position. A roll
    permutes the pixels, so its adjoint is the roll back.
    """

    def __init__(self, largest: Sequence[int], both_ways: Sequence[bool]) -> None:
        self._largest, self._both_ways = largest, both_ways

    def start(self, beginning: Beginning) -> State:
        """Pixels down and right for each step, (turns, 2) int32, uniform."""
        largest, stream = self._largest[beginning.position], beginning.stream("class shifts")
        lowest = -largest if self._both_ways[beginning.position] else 0
        drawn = torch.randint(lowest, largest + 1, (beginning.turns, 2), generator=stream)
        return {"offsets": drawn.to(torch.int32)}

    def view(self, images: Tensor, rows: Rows) -> tuple[Tensor, PullBack]:
        """Shifted images, and the shift back."""
        offsets = rows.own["offsets"]
        offsets = offsets[torch.arange(len(offsets), device=offsets.device), rows.turn]
        return shift(images, offsets), lambda gradient: shift(gradient, -offsets)


def shift(images: Tensor, offsets: Tensor) -> Tensor:
    """Roll images (N, C, H, W) by `offsets` (N, 2) pixels down and right, with wrap-around."""
    count, colours, height, width = images.shape
    row = torch.arange(count, device=images.device)[:, None]
    down = (torch.arange(height, device=images.device) - offsets[:, :1]) % height
    right = (torch.arange(width, device=images.device) - offsets[:, 1:]) % width
    source = (row * height + down)[:, :, None] * width + right[:, None, :]
    pixels = images.permute(0, 2, 3, 1).reshape(-1, colours)
    moved = pixels.index_select(0, source.flatten()).view(count, height, width, colours)
    return moved.permute(0, 3, 1, 2)
