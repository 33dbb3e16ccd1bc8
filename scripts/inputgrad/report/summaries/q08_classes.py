"""Question 8: class visualisation, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.data import Data, last_snapshots
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.visualization import VisualizationRow, recognised


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class at the end of the main run in one model."""

    class_index: int
    score: float
    probability: float
    recognised: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The main run at its end by model, and by model and class."""

    rows: tuple[VisualizationRow, ...]
    classes: Mapping[str, tuple[ClassRow, ...]]


def answer(evidence: Evidence) -> Answer:
    """Visualised classes in every model."""
    rows = evidence.visualizations
    return Answer(rows, {row.model: _classes(evidence.data, row.model) for row in rows})


def _classes(data: Data, model: str) -> tuple[ClassRow, ...]:
    rows = last_snapshots(data.main("class_visualization", model)).sort_values("class_index")
    columns = (rows["class_index"], rows["score"], rows["probability"], recognised(rows))
    return tuple(
        ClassRow(int(index), float(score), float(probability), bool(hit))
        for index, score, probability, hit in zip(*columns, strict=True)
    )
