"""Q7: whether photographs of little contrast resist, and need larger perturbations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import (
    cloud,
    hollow_key,
    legend_of_models,
    look,
    plain_log,
    y_title,
)
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.style import WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackPoint
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.summary import Summary

MEASURES: dict[str, Callable[[AttackPoint], float | None]] = {  # label -> value
    "iterations_to_target": lambda point: point.iterations,
    "rms": lambda point: point.rms_255,
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Iterations and perturbation against the photograph's contrast, one cloud a model."""
    clouds = {
        row.model: [p for p in row.points if p.contrast is not None and p.iterations is not None]
        for row in summary.attacks
    }
    everything = [point for points in clouds.values() for point in points]
    if not everything:
        return None
    figure = Figure(figsize=(WIDTH, 5.8), layout="constrained")
    panels = figure.subplots(len(MEASURES), sharex=True)
    for axes, label in zip(panels, MEASURES, strict=True):
        axes.set_yscale("log")
        y_title(axes, words[label])
        _panel(axes, summary.context, clouds, MEASURES[label])
    panels[-1].set_xlabel(words["contrast"])
    extra = [hollow_key(words)] if any(point.censored for point in everything) else []
    legend_of_models(figure, summary.context, words, extra, lines=False)
    contrasts = [point.contrast for point in everything if point.contrast is not None]
    facts: dict[str, Fact] = {
        "contrast_low": min(contrasts),
        "contrast_high": max(contrasts),
        "n": {model: len(points) for model, points in clouds.items()},
    }
    return Drawing(figure, len({point.image_id for point in everything}), facts)


def _panel(
    axes: Axes,
    context: Context,
    clouds: Mapping[str, Sequence[AttackPoint]],
    measure: Callable[[AttackPoint], float | None],
) -> None:
    for model, points in clouds.items():
        shown = [
            (point.contrast, value, bool(point.censored))
            for point in points
            if point.contrast is not None and (value := measure(point))
        ]
        x, y, hollow = ([row[i] for row in shown] for i in range(3))
        cloud(axes, x, y, hollow=[bool(h) for h in hollow], look=look(context, model))
    plain_log(axes.yaxis)
