"""Q3: which methods find the photograph that they explain among four, beside controls."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.method_chart import method_chart
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.controls import method_rows
from inputgrad.report.summaries.map_checks import CHANCE
from inputgrad.report.summaries.q03_saliency_uses import GRID
from inputgrad.report.summaries.summary import Summary


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a method; a quarter is what chance gives."""
    methods = method_rows(summary.saliency_runs, GRID)
    return method_chart(
        methods,
        GRID,
        summary.context,
        words,
        axis="grid_share",
        at=CHANCE,
        label="reference_grid",
    )
