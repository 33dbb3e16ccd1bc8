"""How a photograph becomes a classifier's input, as numbers only (no torch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from inputgrad.errors import ModelError, unknown

Interpolation = Literal["bilinear", "bicubic"]


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """Resize the shorter side, crop the centre, scale to [0, 1], subtract `mean`, divide by `std`.

    input_size: side of the square crop that the network sees, in pixels.
    resize_size: the photograph's shorter side before the crop, in pixels, at least `input_size`.
    interpolation: how the resize interpolates; always with antialiasing, as Pillow does it.
    mean, std: per channel (red, green, blue), in units of the [0, 1] image; `std` > 0.
    """

    input_size: int
    resize_size: int
    interpolation: Interpolation
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not 0 < self.input_size <= self.resize_size:
            raise ModelError(
                f"preprocessing crops {self.input_size} pixels out of a shorter side of "
                f"{self.resize_size}; expected 0 < input_size <= resize_size"
            )
        if self.interpolation not in get_args(Interpolation):
            raise ModelError(unknown("interpolation", self.interpolation, get_args(Interpolation)))
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ModelError(
                f"preprocessing needs three means and three positive standard deviations, "
                f"got mean {self.mean} and std {self.std}"
            )
