"""Photographs as a model takes them, runs, and what a run gives back. No torch here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """One photograph at a model's input size.

    Attributes:
        image_id: first 16 hexadecimal digits of the SHA-256 of the file.
        label: class index, 0..999.
        pixels: (H, W, 3) uint8, resized and cropped.
    """

    image_id: str
    label: int
    pixels: Pixels


@dataclass(frozen=True)
class Run:
    """One configured method: its name in the configuration and its full parameters."""

    name: str
    method: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One row of a family's table and the arrays that its figures need, by name."""

    row: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def by_method(runs: Sequence[Run]) -> Iterator[tuple[str, list[Run]]]:
    """Runs grouped by method, in the order of first appearance: a group shares its slots."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.method, []).append(run)
    yield from groups.items()
