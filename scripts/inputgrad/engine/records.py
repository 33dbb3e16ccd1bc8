"""What work is done on, and what it gives back. No torch here.

An *item* is one piece of work: a photograph or a class under one run. A method turns it into
*records*, rows of a table with the arrays behind them; together they are the item's *outcome*,
which measures look at, whether it was computed just now or read from the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from inputgrad.images.geometry import Box

Pixels = NDArray[np.uint8]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class LabelledImage:
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
class Start:
    """Where an ascent starts: `name` is 'noise' or an image_id, `pixels` the photograph."""

    name: str
    pixels: Pixels | None = None


@dataclass(frozen=True)
class Run:
    """One configured method: its name in the configuration and its checked `Parameters`."""

    name: str
    method: str
    parameters: Any


@dataclass(frozen=True)
class ImageItem:
    """A photograph under a run; attacks have a target policy as well.

    `fixed_target` is the class that the configuration gives the photograph, where it gives one.
    `inputs` holds, by run, what other techniques' runs that `run` names made of the photograph.
    """

    image: LabelledImage
    run: Run
    target_policy: str | None = None
    fixed_target: int | None = None
    inputs: Mapping[str, Outcome] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class ClassItem:
    """A class under a run, and where its ascent starts."""

    class_index: int
    start: Start
    run: Run


@dataclass(frozen=True)
class TrainingItem:
    """What the method of `run` is trained on: photographs, and the class that it is to aim at."""

    photographs: tuple[Pixels, ...]
    target: int
    run: Run


@dataclass(frozen=True)
class Record:
    """One row of a table and arrays by name.

    `table` is None for the table of the technique; the item's keys (image_id, label, target
    policy or class_index; model and run) are added by the job.
    """

    row: dict[str, Any]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    table: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a method made of one item: its rows of the technique's table, and its arrays.

    A row has every column of the table, None where nothing is known. `inputs` holds, for a measure
    that names other runs of the technique, what those made of the same item, by run; `boxes`, for
    one that takes them, are around the objects in the photograph at the model's input size.
    """

    item: Any
    rows: Sequence[Mapping[str, Any]]
    arrays: Arrays
    inputs: Mapping[str, Outcome] = field(default_factory=dict)
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What one model made, to be judged by another.

    `photograph` is that of the outcome at the judging model's input size; None for a class.
    """

    outcome: Outcome
    photograph: Pixels | None


class HasRun(Protocol):
    """Anything that is done under a run."""

    @property
    def run(self) -> Run:
        """The run."""


W = TypeVar("W", bound=HasRun)


def by_run(items: Sequence[W]) -> Iterator[tuple[Run, list[tuple[int, W]]]]:
    """Items with their positions, grouped by run in the order of first appearance."""
    groups: dict[str, list[tuple[int, W]]] = {}
    for position, item in enumerate(items):
        groups.setdefault(item.run.name, []).append((position, item))
    for group in groups.values():
        yield group[0][1].run, group
