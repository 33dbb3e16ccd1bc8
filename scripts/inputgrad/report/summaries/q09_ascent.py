"""Question 9: iterations, step size and weight of class visualisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.visualization import VisualizationRow, progress_rows, setting_rows

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """By model: the main run along its snapshots, and every setting at its end.

    `by_eta` are the settings with the main run's weight, `by_weight` those with its step size.
    `halfway` is the first snapshot at which the median probability exceeds one half, or None.
    """

    progress: Mapping[str, tuple[VisualizationRow, ...]]
    settings: Mapping[str, tuple[VisualizationRow, ...]]
    by_eta: Mapping[str, tuple[VisualizationRow, ...]]
    by_weight: Mapping[str, tuple[VisualizationRow, ...]]
    halfway: Mapping[str, int | None]


def answer(evidence: Evidence) -> Answer:
    """Effect of iterations, step size and weight in every model."""
    data, mains = evidence.data, {row.model: row for row in evidence.visualizations}
    progress = {model: progress_rows(data, model) for model in mains}
    settings = {model: setting_rows(data, model) for model in mains}
    return Answer(
        progress,
        settings,
        {m: tuple(r for r in rows if r.weight == mains[m].weight) for m, rows in settings.items()},
        {m: tuple(r for r in rows if r.eta == mains[m].eta) for m, rows in settings.items()},
        {model: _halfway(rows) for model, rows in progress.items()},
    )


def _halfway(rows: tuple[VisualizationRow, ...]) -> int | None:
    above = (row.iteration for row in rows if (row.probability.estimate or 0.0) > HALF)
    return next(above, None)
