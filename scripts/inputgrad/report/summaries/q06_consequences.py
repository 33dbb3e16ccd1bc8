"""Question 6: what adversarial images mean for the use of networks."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Answer:
    """How small a change suffices, what a random one of that size does, and what survives."""

    rows: tuple[AttackRow, ...]
    comparisons: tuple[PrimaryComparison, ...]
    tally: Tally


def answer(evidence: Evidence) -> Answer:
    """Fragility of every model, and every pair of models compared."""
    comparisons = evidence.comparisons
    return Answer(evidence.attacks, comparisons.of("adversarial"), comparisons.tally("adversarial"))
