"""Question 5: adversarial images, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow, counts
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.survival import share_fooled

STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Answer:
    """The attacks of the main run; `curves`: model -> iteration -> share fooled by then."""

    rows: tuple[AttackRow, ...]
    curves: Mapping[str, Mapping[int, Estimate]]


def answer(evidence: Evidence) -> Answer:
    """Attacks in every model."""
    rows = evidence.attacks
    return Answer(rows, {row.model: _curve(evidence.data, row) for row in rows})


def _curve(data: Data, row: AttackRow) -> Mapping[int, Estimate]:
    """Share fooled after a few step counts, the last of them the budget."""
    ks = [k for k in STEPS if k < row.budget] + [row.budget]
    curve = share_fooled(*counts(data.main("adversarial", row.model)), ks=ks)
    return dict(zip(curve.ks, curve.points, strict=True))
