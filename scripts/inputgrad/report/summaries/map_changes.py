"""What moves a map, all on one scale: the rank correlation with the map that was not moved.

Class sensitivity is one minus such a correlation; here it is turned back, so that noise and
another class can be compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Comparison, Estimate
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired

CHANGES: Mapping[str, tuple[str, bool]] = {
    "noise": ("stability_spearman", False),
    "runner_up": ("runner_up_sensitivity", True),
    "other_class": ("class_sensitivity", True),
}
"""Change -> its measure, and whether that is one minus the correlation."""

ASKED = tuple(change for change, (_, turned) in CHANGES.items() if turned)
"""Changes of the class whose map is asked for."""


@dataclass(frozen=True, slots=True)
class Left:
    """How much of the maps of one model a change leaves: the median, and every photograph."""

    model: str
    change: str
    median: Estimate
    by_photograph: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves the maps of one model more: noise, or asking for a class that is not the label.

    `result` compares what noise leaves with what that class leaves, photograph by photograph, so
    `lower` means that noise leaves less of the map.
    """

    model: str
    change: str  # the class that is asked for, one of `ASKED`
    noise: Estimate
    asked: Estimate
    result: Comparison


def left_by(rows: Sequence[SaliencyRow]) -> Mapping[str, tuple[Left, ...]]:
    """Change -> every model in turn, for the changes that were made of some map."""
    found = {change: tuple(_left(row, change) for row in rows) for change in CHANGES}
    return {c: left for c, left in found.items() if any(one.by_photograph for one in left)}


def moves_of(row: SaliencyRow) -> Mapping[str, Moves]:
    """Class asked for -> what moves the maps of a row; without what was not measured.

    The verdicts follow Holm's procedure over the classes asked for.
    """
    noise = _left(row, "noise").by_photograph
    found: dict[str, tuple[list[float], list[float]]] = {}
    for change in ASKED:
        asked = _left(row, change).by_photograph
        if shared := sorted(noise.keys() & asked.keys()):
            found[change] = [noise[i] for i in shared], [asked[i] for i in shared]
    results = holm({change: paired(*both) for change, both in found.items()})
    return {
        change: Moves(row.model, change, median(first), median(second), results[change])
        for change, (first, second) in found.items()
    }


def _left(row: SaliencyRow, change: str) -> Left:
    measure, turned = CHANGES[change]
    found = {i: 1.0 - v if turned else v for i, v in row.values(measure).items()}
    return Left(row.model, change, median(list(found.values())), found)
