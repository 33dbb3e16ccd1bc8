"""Question 5: adversarial images, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries import codes
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.survival import Curve

ITERATIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Answer:
    """The attacks of the main run; `curves`: model -> iteration -> share fooled by then."""

    rows: tuple[AttackRow, ...]
    curves: Mapping[str, Mapping[int, Estimate]]

    @property
    def reached(self) -> codes.Reached:
        """For how many photographs of all networks the target was reached."""
        return codes.reached(*(row.fooled for row in self.rows))


def answer(evidence: Evidence) -> Answer:
    """Attacks in every model."""
    return Answer(evidence.attacks, {m: _some(curve) for m, curve in evidence.curves.items()})


def _some(curve: Curve) -> Mapping[int, Estimate]:
    """Share fooled after a few numbers of iterations, the last of them the budget."""
    points, budget = dict(zip(curve.ks, curve.points, strict=True)), curve.ks[-1]
    return {k: points[k] for k in (*(k for k in ITERATIONS if k < budget), budget)}
