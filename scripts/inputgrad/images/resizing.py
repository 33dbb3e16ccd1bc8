"""From the input of one network to that of another: a square 8-bit image in another size."""

from __future__ import annotations

from typing import Literal

from PIL import Image

from inputgrad.engine.records import Pixels
from inputgrad.images.decoding import fit


def there_and_back(pixels: Pixels, small: int) -> Pixels:
    """An (S, S, 3) uint8 image made (small, small, 3) and S again, bilinearly."""
    smaller = resized(pixels, small, interpolation="bilinear")
    return resized(smaller, len(pixels), interpolation="bilinear")


def resized(pixels: Pixels, side: int, *, interpolation: Literal["bilinear", "bicubic"]) -> Pixels:
    """An (S, S, 3) uint8 image as (side, side, 3), by Pillow's antialiased filter.

    Where S is `side`, the same values.
    """
    image = Image.fromarray(pixels)
    return fit(image, resize=None, crop=side, interpolation=interpolation)
