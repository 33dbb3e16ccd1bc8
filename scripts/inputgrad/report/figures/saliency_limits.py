"""Q2: what moves a map, on one axis: noise, the runner-up class, any other class."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import look, reference, row_name, strip
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.map_changes import Left, left_by
from inputgrad.report.summaries.summary import Summary

TITLES = {  # change -> what its strips are called
    "noise": "moved_by_noise",
    "runner_up": "moved_by_runner_up",
    "other_class": "moved_by_class",
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One panel a change, one strip a model, every photograph a dot; all on one axis."""
    left = left_by(summary.saliency)
    if not left:
        return None
    height = 0.5 + len(left) * (0.45 + 0.42 * len(summary.saliency))
    figure = Figure(figsize=(WIDTH, min(height, MAX_HEIGHT)), layout="constrained")
    panels = figure.subplots(len(left), sharex=True, squeeze=False)[:, 0]
    every = [v for rows in left.values() for row in rows for v in row.by_photograph.values()]
    panels[0].set_xlim(min([0.0, *every]) - 0.02, 1.02)
    facts: dict[str, Fact] = {}
    for axes, (change, rows) in zip(panels, left.items(), strict=True):
        axes.set_title(words[TITLES[change]], loc="left", weight="bold", size="medium")
        facts[change] = _panel(axes, rows, summary.context, words)
    reference(panels[0], 1.0, words["reference_stability"], align="right")
    panels[-1].set_xlabel(words["map_left"])
    images = {i for rows in left.values() for row in rows for i in row.by_photograph}
    return Drawing(figure, len(images), facts)


def _panel(axes: Axes, rows: Sequence[Left], context: Context, words: Words) -> dict[str, Fact]:
    axes.set_ylim(len(rows) - 0.5, -0.6)
    axes.set(yticks=[])
    axes.spines["left"].set_visible(False)
    for place, row in enumerate(rows):
        model, values = look(context, row.model), list(row.by_photograph.values())
        strip(axes, values, at=place, look=model, estimate=row.median)
        row_name(axes, place, words.network(row.model), words.median(row.median), model.colour)
    return {row.model: facts_of(row.median) for row in rows}
