"""What clamping changes: pairs of attacks that differ in `clip` alone, on the same photographs.

A run without it may leave [0, 1]: it fools by images that no file holds, so what counts is what is
left of them in the PNG.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inputgrad.report.summaries.adversarial import AttackRow

CLIP = "clip"


@dataclass(frozen=True, slots=True)
class Clamping:
    """The same attack in one model, clamped to the values that an image can hold, and free."""

    model: str
    clamped: AttackRow
    free: AttackRow


def clampings(
    settings: Mapping[str, Mapping[str, Any]], runs: Mapping[str, Sequence[AttackRow]]
) -> tuple[Clamping, ...]:
    """Every pair of runs that differ in `clip` alone, in every model that both attacked.

    settings: run -> method and parameters.
    """
    return tuple(
        Clamping(one.model, one, other)
        for first, second in _pairs(settings)
        for one in runs[first]
        for other in runs[second]
        if one.model == other.model
    )


def _pairs(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(run that clips, run that does not)."""
    clipped = [run for run, chosen in settings.items() if chosen.get(CLIP) is True]
    free = [run for run, chosen in settings.items() if chosen.get(CLIP) is False]
    for one in clipped:
        for other in free:
            if {**settings[other], CLIP: True} == settings[one]:
                yield one, other
