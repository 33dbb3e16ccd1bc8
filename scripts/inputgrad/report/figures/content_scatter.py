"""Q7: whether photographs of little contrast resist, and need larger perturbations."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import (
    cloud,
    hollow_key,
    legend_of_models,
    look,
    plain_log,
    thinned,
    y_title,
)
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.style import WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackPoint
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.points import Points
from inputgrad.report.summaries.summary import Summary

MEASURES = {"iterations_to_target": "iterations", "rms": "rms_255"}  # label -> of the point


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Iterations and perturbation against the photograph's contrast, one cloud a model."""
    clouds = {
        row.model: row.points.where(row.points.has("contrast") & row.points.has("iterations"))
        for row in summary.attacks
    }
    contrasts = [value for points in clouds.values() for value in points.column("contrast")]
    if not contrasts:
        return None
    figure = Figure(figsize=(WIDTH, 5.8), layout="constrained")
    panels = figure.subplots(len(MEASURES), sharex=True)
    for axes, label in zip(panels, MEASURES, strict=True):
        axes.set_yscale("log")
        y_title(axes, words[label])
        _panel(axes, summary.context, clouds, MEASURES[label])
    panels[-1].set_xlabel(words["contrast"])
    stopped = any(any(points.column("censored")) for points in clouds.values())
    extra = [hollow_key(words)] if stopped else []
    legend_of_models(figure, summary.context, words, extra, lines=False)
    facts: dict[str, Fact] = {
        "contrast_low": min(contrasts),
        "contrast_high": max(contrasts),
        "n": {model: len(points) for model, points in clouds.items()},
    }
    facts |= thinned(max(map(len, clouds.values())))
    return Drawing(figure, len(set().union(*(points.ids for points in clouds.values()))), facts)


def _panel(
    axes: Axes,
    context: Context,
    clouds: Mapping[str, Points[AttackPoint]],
    measure: str,
) -> None:
    for model, points in clouds.items():
        columns = (points.column(name) for name in ("contrast", measure, "censored"))
        shown = [(x, y, bool(stopped)) for x, y, stopped in zip(*columns, strict=True) if y]
        x, y, hollow = ([row[i] for row in shown] for i in range(3))
        cloud(axes, x, y, hollow=[bool(h) for h in hollow], look=look(context, model))
    plain_log(axes.yaxis)
