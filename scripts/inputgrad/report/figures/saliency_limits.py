"""Q2: how stable, how specific to the class and how concentrated the maps are, image by image."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import look, reference, row_words, strip
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary

PANELS = {  # measure -> its natural limits, where the reference line is, and that line's label
    "stability_spearman": (0.0, 1.0, 1.0, "reference_stability"),
    "class_sensitivity": (0.0, 1.0, 0.0, "reference_sensitivity"),
    "half_mass_share": (0.0, 0.5, 0.5, "reference_concentration"),
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One panel a measure, one strip a model, every photograph a dot."""
    rows = summary.saliency
    if not rows:
        return None
    height = len(PANELS) * (1.1 + 0.62 * len(rows))
    figure = Figure(figsize=(WIDTH, min(height, MAX_HEIGHT)), layout="constrained")
    facts: dict[str, Fact] = {
        measure: _panel(axes, rows, measure, summary.context, words)
        for axes, measure in zip(figure.subplots(len(PANELS)), PANELS, strict=True)
    }
    images = {point.image_id for row in rows for point in row.points}
    return Drawing(figure, len(images), facts)


def _panel(
    axes: Axes, rows: Sequence[SaliencyRow], measure: str, context: Context, words: Words
) -> dict[str, Fact]:
    low, high, at, label = PANELS[measure]
    values = {row.model: list(row.values(measure).values()) for row in rows}
    everything = [low, high, *(value for found in values.values() for value in found)]
    margin = 0.02 * (max(everything) - min(everything))
    axes.set_xlim(min(everything) - margin, max(everything) + margin)
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set(yticks=[], xlabel=words[measure])
    axes.spines["left"].set_visible(False)
    reference(axes, at, words[label], align="right" if at > low else "left")
    for place, row in enumerate(rows):
        median, model = row.median(measure), look(context, row.model)
        strip(axes, values[row.model], at=place, look=model, estimate=median)
        row_words(axes, place, words.network(row.model), words.median(median), model.colour)
    return {row.model: facts_of(row.median(measure)) for row in rows}
