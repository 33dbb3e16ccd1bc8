"""Question 1: saliency maps, shown and explained."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """How concentrated the maps are, by model."""

    rows: tuple[SaliencyRow, ...]


def answer(evidence: Evidence) -> Answer:
    """Concentration of the maps in every model."""
    return Answer(evidence.saliency)
