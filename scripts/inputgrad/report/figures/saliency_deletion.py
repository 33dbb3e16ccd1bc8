"""Q1: which methods foretell what blanking a part of the photograph costs, beside controls."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.method_chart import method_chart
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.controls import method_rows
from inputgrad.report.summaries.q01_saliency import FAITHFULNESS
from inputgrad.report.summaries.summary import Summary


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a method; 0 is what a map without any relation to the drops would have."""
    methods = method_rows(summary.saliency_runs, FAITHFULNESS)
    return method_chart(
        methods,
        FAITHFULNESS,
        summary.context,
        words,
        axis="drop_correlation",
        at=0.0,
        label="reference_deletion",
    )
