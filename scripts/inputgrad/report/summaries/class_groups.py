"""Whether photographs of animals are fooled as easily as those of things, within each network.

ImageNet's first 398 classes, 0 (tench) to 397 (puffer), are the animals; the others are things,
food, plants, places and people. Description, not tested; a group of fewer than `FEWEST` photographs
is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from inputgrad.report.summaries.adversarial import AttackPoint, AttackRow
from inputgrad.report.summaries.points import Points
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate

ANIMALS = 398
FEWEST = 5


class Group(StrEnum):
    """A group of classes."""

    ANIMALS = "animals"
    THINGS = "things"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The attacked photographs of one group in one network."""

    model: str
    group: Group
    n: int
    fooled: Estimate
    rms_255: Estimate


def class_groups(rows: Sequence[AttackRow]) -> tuple[GroupRow, ...]:
    """Groups that are large enough, by network; none where a network has one group alone."""
    found = [[*_groups(row)] for row in rows]
    return tuple(group for groups in found if len(groups) > 1 for group in groups)


def group_of(label: int) -> Group:
    """The group of a class."""
    return Group.ANIMALS if label < ANIMALS else Group.THINGS


def _groups(row: AttackRow) -> Iterator[GroupRow]:
    groups = np.array([group_of(label) for label in row.points.column("label")], dtype=object)
    for group in Group:
        points = row.points.where(groups == group)
        if len(points) >= FEWEST:
            yield _row(row.model, group, points)


def _row(model: str, group: Group, points: Points[AttackPoint]) -> GroupRow:
    known, sizes = points.known("fooled").values(), points.known("rms_255").values()
    return GroupRow(model, group, len(points), rate(sum(known), len(known)), median([*sizes]))
