"""Q4: the same photographs under every model, one line a photograph, one panel a measure.

Lines are the photographs for which every model has a value; the large markers are the medians of
each model, which are those of its table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import MANY, every, legend_of_models, look, thinned
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import INK, MUTED, WIDTH, Look
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Estimate

MEASURES = {  # measure -> its label
    "half_mass_share": "half_mass_share_short",
    "gini": "gini_short",
    "stability_spearman": "stability_spearman_short",
    "class_sensitivity": "class_sensitivity_short",
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Paired dots of the photographs that every model has, the medians on top."""
    rows, context = summary.saliency, summary.context
    lines = {measure: _lines(rows, measure) for measure in MEASURES}
    if len(rows) < 2 or not any(lines.values()):
        return None
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    legend_of_models(figure, context, words, _keys(words), lines=False)
    looks = [look(context, row.model) for row in rows]
    for axes, (measure, label) in zip(figure.subplots(2, 2).flat, MEASURES.items(), strict=True):
        axes.set(xticks=[], title=words[label])
        axes.set_xlim(-0.3, len(rows) - 0.7)
        _photographs(axes, lines[measure][:: every(len(lines[measure]))], looks)
        _medians(axes, [row.median(measure) for row in rows], looks)
    facts: dict[str, Fact] = {
        measure: {
            "lines": len(found),
            "median": {row.model: facts_of(row.median(measure)) for row in rows},
        }
        for measure, found in lines.items()
    }
    most = max(len(found) for found in lines.values())
    return Drawing(figure, most, facts | thinned(most))


def _keys(words: Words) -> list[Line2D]:
    return [
        Line2D([], [], color=INK, lw=2.4, label=words["median"]),
        Line2D([], [], color=MUTED, lw=0.8, label=words["photograph_line"]),
    ]


def _lines(rows: Sequence[SaliencyRow], measure: str) -> list[list[float]]:
    """Values by model of each photograph for which all models have one."""
    found = [row.values(measure) for row in rows]
    shared = set.intersection(*map(set, found)) if found else set()
    return [[values[image] for values in found] for image in sorted(shared)]


def _photographs(axes: Axes, lines: list[list[float]], looks: list[Look]) -> None:
    many = len(lines) > MANY
    alpha = 0.05 if many else 0.35
    values = np.array(lines).reshape(-1, len(looks)).T  # (models, photographs)
    if many:  # as one artist: a line each takes minutes
        places = np.broadcast_to(np.arange(len(looks)), (len(lines), len(looks)))
        paths = [*np.stack([places, values.T], axis=2)]
        axes.add_collection(
            LineCollection(paths, colors=MUTED, linewidths=0.8, alpha=alpha, rasterized=True)
        )
    else:
        axes.plot(values, color=MUTED, lw=0.8, alpha=alpha)
    for place, (row, model) in enumerate(zip(values, looks, strict=True)):
        axes.plot(
            np.full(len(row), place), row, model.marker, color=model.colour, ms=4, mew=0,
            alpha=min(1.0, 2 * alpha), rasterized=many,
        )  # fmt: skip


def _medians(axes: Axes, medians: list[Estimate], looks: list[Look]) -> None:
    heights = [np.nan if m.estimate is None else m.estimate for m in medians]
    axes.plot(heights, color="white", lw=5, zorder=3)
    axes.plot(heights, color=INK, lw=2.4, zorder=4)
    for place, (height, model) in enumerate(zip(heights, looks, strict=True)):
        axes.plot(
            place, height, model.marker, color=model.colour, ms=10, mec=INK, mew=1.4, zorder=5
        )
