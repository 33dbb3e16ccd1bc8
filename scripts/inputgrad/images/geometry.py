"""Geometry without pixels: what a photograph is resized and cropped to, boxes around its objects.

A box is (left, top, right, bottom) in pixels from the upper left corner, ends exclusive. What
the crop cuts away of a box is gone, and so is a box that lies outside.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

Size = tuple[int, int]  # width, height in pixels
Box = tuple[float, float, float, float]


def resized_size(size: Size, *, resize: int | None, crop: int) -> Size:
    """Width and height that `decoding.fit` resizes an image of `size` (width, height) to."""
    width, height = size
    if resize is None:
        return crop, crop
    if width <= height:
        return resize, int(resize * height / width)
    return int(resize * width / height), resize


def crop_corner(size: Size, crop: int) -> tuple[int, int]:
    """Left and top of the square that `decoding.fit` cuts out; below 0 in a smaller image."""
    return _margin(size[0], crop), _margin(size[1], crop)


def fitted_boxes(
    boxes: Iterable[Box], size: Size, *, resize: int | None, crop: int
) -> tuple[Box, ...]:
    """Boxes of a photograph of `size` (width, height) as they are in its fitted image.

    resize, crop: as `images.decoding.fit` takes them.
    """
    width, height = resized_size(size, resize=resize, crop=crop)
    left, top = crop_corner((width, height), crop)
    across, down = width / size[0], height / size[1]
    found = (
        (box[0] * across - left, box[1] * down - top, box[2] * across - left, box[3] * down - top)
        for box in boxes
    )
    return tuple(part for box in found if (part := _within(box, crop)) is not None)


def _margin(length: int, crop: int) -> int:
    """Find where the middle `crop` pixels begin, with torchvision's rounding; below 0 if fewer."""
    if crop > length:
        return -((crop - length) // 2)
    return round((length - crop) / 2)


def _within(box: Box, side: int) -> Box | None:
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(float(side), box[2]), min(float(side), box[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def area(box: Box) -> float:
    """Pixels that a box covers."""
    return (box[2] - box[0]) * (box[3] - box[1])


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes with an area, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / (area(one) + area(other) - shared)


def covered_share(boxes: Sequence[Box], side: int) -> float:
    """Share of the pixels of a square image whose centre lies in at least one box, 0..1."""
    covered = {
        row * side + column
        for left, top, right, bottom in boxes
        for row in _centres(top, bottom, side)
        for column in _centres(left, right, side)
    }
    return len(covered) / side**2


def _centres(start: float, end: float, side: int) -> range:
    """Pixels of a side whose centre is at `start` or beyond, and before `end`."""
    return range(max(0, math.ceil(start - 0.5)), min(side, math.ceil(end - 0.5)))


def distance(box: Box, row: int, column: int) -> float:
    """Pixels from the centre of a pixel to the nearest point of a box, 0 inside."""
    x, y = column + 0.5, row + 0.5
    across = max(box[0] - x, 0.0, x - box[2])
    down = max(box[1] - y, 0.0, y - box[3])
    return math.hypot(across, down)
