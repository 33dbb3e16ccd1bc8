"""Question 3: what else saliency maps are good for."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """Boxes found without boxes, and how gradients go with the iterations that an attack needs."""

    rows: tuple[SaliencyRow, ...]
    robustness: tuple[PrimaryComparison, ...]
    attacks: tuple[AttackRow, ...]
    tally: Tally


def answer(evidence: Evidence) -> Answer:
    """Uses of the maps in every model."""
    comparisons = evidence.comparisons
    return Answer(
        evidence.saliency,
        comparisons.of("robustness"),
        evidence.attacks,
        comparisons.tally("robustness"),
    )
