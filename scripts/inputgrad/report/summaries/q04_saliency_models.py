"""Question 4: the saliency maps of another network."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.comparisons import PrimaryComparison
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """All measures of the maps by model, and every pair of models compared."""

    rows: tuple[SaliencyRow, ...]
    comparisons: tuple[PrimaryComparison, ...]


def answer(evidence: Evidence) -> Answer:
    """Maps of the models side by side."""
    return Answer(evidence.saliency, evidence.comparisons.of("saliency"))
