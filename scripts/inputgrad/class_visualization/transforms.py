"""Views of the image, drawn at random for each step, and the adjoints of their maps.

The draws of all steps are made at the start of an item, from the stream of its class, so a row's
view depends on nothing but its class, its settings and the number of its step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Beginning, PullBack, Rows, by_row, setting
from inputgrad.engine.slots import State
from inputgrad.models.classifier import Classifier


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
        offsets = _now(rows, "offsets")
        return shift(images, offsets), lambda gradient: shift(gradient, -offsets)


class View:
    """A bilinear view of a square with a random side and centre, mirrored at the edges.

    In coordinates in [-1, 1] the view's pixel u shows the image's s * u + t: the side s is uniform
    between `smallest` and `largest`, of the image's side, and t for each axis between -L and L,
    L = max(0, 1 - s) + `margin`. No rotation, so the view is a product of two interpolation
    matrices, V = D X R', and its adjoint D' G R, which is deterministic on every device.
    """

    def __init__(
        self,
        smallest: Sequence[float],
        largest: Sequence[float],
        margin: Sequence[float],
        classifier: Classifier,
    ) -> None:
        self._ranges = list(zip(smallest, largest, margin, strict=True))
        self._size = classifier.input_size

    def start(self, beginning: Beginning) -> State:
        """Side and centre of each step's view, (turns, 3): s, t down and t right."""
        smallest, largest, margin = self._ranges[beginning.position]
        drawn = torch.rand(beginning.turns, 3, generator=beginning.stream("class views"))
        side = smallest + (largest - smallest) * drawn[:, :1]
        reach = (1 - side).clamp(min=0) + margin
        return {"views": torch.cat([side, reach * (2 * drawn[:, 1:] - 1)], dim=1)}

    def view(self, images: Tensor, rows: Rows) -> tuple[Tensor, PullBack]:
        """The views of this step, and the transposed product."""
        side, down, right = _now(rows, "views").unbind(1)
        across = interpolation(side, right, self._size).transpose(1, 2)
        along = interpolation(side, down, self._size)
        back = along.transpose(1, 2), across.transpose(1, 2)
        return _product(along, images, across), lambda g: _product(back[0], g, back[1])


class Noise:
    """Gaussian noise of one standard deviation in [0, 1] units, rolled to another place each step.

    One field is drawn for a class and rolled by a random offset: white noise is not correlated
    with itself rolled, and fields for all steps would not fit the memory.
    """

    def __init__(self, deviation: Sequence[float], classifier: Classifier) -> None:
        self._deviation = setting(deviation, classifier.mean)
        self._classifier = classifier

    def start(self, beginning: Beginning) -> State:
        """The field, (3, S, S), and the offsets of each step."""
        size = self._classifier.input_size
        stream = beginning.stream("class view noise")
        field = torch.randn(3, size, size, generator=stream)
        offsets = torch.randint(0, size, (beginning.turns, 2), generator=stream)
        return {"field": field, "offsets": offsets.to(torch.int32)}

    def view(self, images: Tensor, rows: Rows) -> tuple[Tensor, PullBack]:
        """Normalised images with noise, whose gradient is theirs."""
        noise = shift(rows.own["field"], _now(rows, "offsets")) / self._classifier.std
        return images + by_row(self._deviation[rows.item], noise) * noise, lambda gradient: gradient


def _now(rows: Rows, name: str) -> Tensor:
    """What a tensor (N, turns, ...) of the part holds for this step of each row."""
    drawn = rows.own[name]
    return drawn[torch.arange(len(drawn), device=drawn.device), rows.turn]


def interpolation(side: Tensor, centre: Tensor, size: int) -> Tensor:
    """Matrices (N, S, S) that take S pixels to S of a window, mirrored at the outer edges.

    Row i has the bilinear weights of s * u_i + t, with u_i = (2 i + 1) / S - 1 (pixels' centres, as
    PyTorch's `grid_sample` with `align_corners=False` and `padding_mode="reflection"`).
    """
    pixels = torch.arange(size, device=side.device, dtype=torch.float32)
    u = (2 * pixels + 1) / size - 1
    place = (side[:, None] * u + centre[:, None] + 1) * (size / 2)
    turned = torch.remainder(place, 2 * size)
    place = torch.minimum(turned, 2 * size - turned) - 0.5
    place = place.clamp(0, size - 1)
    return (1 - (place[:, :, None] - pixels).abs()).clamp(min=0)


def _product(left: Tensor, images: Tensor, right: Tensor) -> Tensor:
    """L_n X R_n for every colour X of image n, (N, 3, S, S)."""
    return left[:, None] @ (images.contiguous() @ right[:, None])


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
