"""How a photograph becomes a classifier's input, as numbers only (no torch)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from inputgrad.errors import ModelError, unknown

Interpolation = Literal["bilinear", "bicubic"]
Channels = Literal["rgb", "bgr"]
Range = Literal[1, 255]
Colour = tuple[float, float, float]

SQUASH = "squash"
LEVELS = 256  # of an 8-bit image


@dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """Resize, crop the centre, scale to [0, `range`], subtract `mean`, divide by `std`.

    input_size: side of the square that the network sees, in pixels.
    resize_size: the photograph's shorter side before the crop, in pixels, at least `input_size`;
        None squashes: both sides are resized to `input_size`, and nothing is cropped.
    interpolation: how the resize interpolates; always with antialiasing, as Pillow does it.
    mean, std: of each channel, in the order of `channels` and in units of `range`; `std` > 0.
    channels: the order in which the network takes red, green and blue.
    range: the value of white before `mean` and `std`, 1 or 255 (black is 0).
    """

    input_size: int
    resize_size: int | None
    interpolation: Interpolation
    mean: Colour
    std: Colour
    channels: Channels = "rgb"
    range: Range = 1

    def __post_init__(self) -> None:
        largest = self.input_size if self.resize_size is None else self.resize_size
        if not 0 < self.input_size <= largest:
            raise ModelError(
                f"preprocessing cuts a square of {self.input_size} pixels (size) out of a shorter "
                f"side of {largest} (resize); expected 0 < size <= resize, or resize: {SQUASH}"
            )
        for name, kind in (("interpolation", Interpolation), ("channels", Channels)):
            if getattr(self, name) not in get_args(kind):
                raise ModelError(unknown(name, getattr(self, name), get_args(kind)))
        self._check_colours()

    def _check_colours(self) -> None:
        if self.range not in get_args(Range):
            raise ModelError(f"preprocessing: range is {self.range}; expected 1 or 255")
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ModelError(
                f"preprocessing needs three means and three positive standard deviations, "
                f"got mean {self.mean} and std {self.std}"
            )
        if not all(0 <= mean <= self.range for mean in self.mean):
            raise ModelError(self._other_range("mean", self.mean))
        if min(self.std) < self.range / LEVELS:
            raise ModelError(self._other_range("std", self.std))

    @property
    def unit_colours(self) -> tuple[Colour, Colour]:
        """Mean and std of red, green and blue in units of the [0, 1] image."""
        plain = self.put_as("rgb", 1)
        return plain.mean, plain.std

    def put_as(self, channels: Channels, white: Range) -> Preprocessing:
        """The same preprocessing of every colour, with mean and std in another order and range."""
        order = 1 if channels == self.channels else -1
        mean, std = (
            _scaled(values[::order], white / self.range) for values in (self.mean, self.std)
        )
        return replace(self, channels=channels, range=white, mean=mean, std=std)

    def _other_range(self, name: str, values: Colour) -> str:
        other = 255 if self.range == 1 else 1
        return (
            f"preprocessing: {name} {values} is not in units of range {self.range}, where black is "
            f"0 and white {self.range}; correct {name}, or state range: {other}"
        )


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a configuration says of a preprocessing, under its keys; None leaves it to the source.

    `size`, `resize` (a number or `squash`), `interpolation`, `mean`, `std`, `channels` and `range`
    are what `Preprocessing` has.
    """

    size: int | None = None
    resize: int | Literal["squash"] | None = None
    interpolation: Interpolation | None = None
    mean: Colour | None = None
    std: Colour | None = None
    channels: Channels | None = None
    range: Range | None = None

    def values(self) -> dict[str, Any]:
        """What is stated, by its key."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    def over(self, own: Preprocessing) -> Preprocessing:
        """The source's `own` preprocessing with what is stated in its place.

        Where another order or range is stated, its mean and std are put into that first.
        """
        changes = self.values()
        if "size" in changes:
            changes["input_size"] = changes.pop("size")
        if "resize" in changes:
            resize = changes.pop("resize")
            changes["resize_size"] = None if resize == SQUASH else resize
        own = own.put_as(self.channels or own.channels, self.range or own.range)
        return replace(own, **changes)


def _scaled(values: Sequence[float], factor: float) -> Colour:
    first, second, third = values
    return first * factor, second * factor, third * factor


NOTHING_STATED = Stated()


def keys_of(preprocessing: Preprocessing) -> dict[str, Any]:
    """A preprocessing by the keys of a configuration, each with its value."""
    values = asdict(preprocessing)
    size, resize = values.pop("input_size"), values.pop("resize_size")
    return {"size": size, "resize": SQUASH if resize is None else resize} | values
