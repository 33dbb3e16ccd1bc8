"""Question 11: class visualisation of another network."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.codes import Extent, extent
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.recognition import Recognition
from inputgrad.report.summaries.visualization import VisualizationRow


@dataclass(frozen=True, slots=True)
class Answer:
    """The main run at its end by model, every pair of models compared, and who recognises what."""

    rows: tuple[VisualizationRow, ...]
    comparisons: tuple[PrimaryComparison, ...]
    tally: Tally
    recognition: Recognition | None

    @property
    def extent(self) -> Extent:
        """How many networks have visualisations."""
        return extent(self.rows)


def answer(evidence: Evidence) -> Answer:
    """Visualised classes of the models side by side."""
    return Answer(
        evidence.visualizations,
        evidence.comparisons.of("class_visualization"),
        evidence.comparisons.tally("class_visualization"),
        evidence.recognitions.get(evidence.data.context.main_runs["class_visualization"]),
    )
