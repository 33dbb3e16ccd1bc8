"""What moves a map, all on one scale: the rank correlation with the map that was not moved.

Class sensitivity is one minus such a correlation; here it is turned back, so that noise and
another class can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired

CHANGES: Mapping[str, tuple[str, bool]] = {
    "noise": ("stability_spearman", False),
    "runner_up": ("runner_up_sensitivity", True),
    "other_class": ("class_sensitivity", True),
}
"""Change -> its measure, and whether that is one minus the correlation."""


@dataclass(frozen=True, slots=True)
class Left:
    """How much of the maps of one model a change leaves: the median, and every photograph."""

    model: str
    change: str
    median: Estimate
    by_photograph: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves the maps of one model more: noise, or asking for another class.

    `result` compares what noise leaves with what the other class leaves, photograph by photograph,
    so `lower` means that noise leaves less of the map.
    """

    model: str
    noise: Estimate
    other_class: Estimate
    result: Comparison


def left_by(rows: Sequence[SaliencyRow]) -> Mapping[str, tuple[Left, ...]]:
    """Change -> every model in turn, for the changes that were made of some map."""
    found = {change: tuple(_left(row, change) for row in rows) for change in CHANGES}
    return {c: left for c, left in found.items() if any(one.by_photograph for one in left)}


def moves_of(row: SaliencyRow) -> Moves | None:
    """What moves the maps of a row; None where one of both was not measured."""
    noise, asked = (_left(row, change).by_photograph for change in ("noise", "other_class"))
    shared = sorted(noise.keys() & asked.keys())
    if not shared:
        return None
    first, second = [noise[i] for i in shared], [asked[i] for i in shared]
    return Moves(row.model, median(first), median(second), paired(first, second))


def _left(row: SaliencyRow, change: str) -> Left:
    measure, turned = CHANGES[change]
    found = {i: 1.0 - v if turned else v for i, v in row.values(measure).items()}
    return Left(row.model, change, median(list(found.values())), found)
