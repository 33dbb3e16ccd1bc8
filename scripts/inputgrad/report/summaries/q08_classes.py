"""Question 8: class visualisation, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.visualization import VisualizationRow


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class at the end of the main run in one model; None: not measured."""

    class_index: int
    score: float | None
    probability: float | None
    recognised: bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The main run at its end by model, and by model and class."""

    rows: tuple[VisualizationRow, ...]
    classes: Mapping[str, tuple[ClassRow, ...]]


def answer(evidence: Evidence) -> Answer:
    """Visualised classes in every model."""
    rows = evidence.visualizations
    return Answer(rows, {row.model: _classes(evidence, row.model) for row in rows})


def _classes(evidence: Evidence, model: str) -> tuple[ClassRow, ...]:
    return tuple(
        ClassRow(a.class_index, a.last.score, a.last.probability, a.last.recognised)
        for a in evidence.drawn[model]
    )
