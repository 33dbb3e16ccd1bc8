"""Q5: share of the photographs that are fooled after k iterations.

At each k the interval is the exact binomial one (Clopper, Pearson 1934), pointwise: every attack
runs until its target or its budget, so at each k it is known whether the target was reached.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import legend_of_models, look, percent_axis, y_title
from inputgrad.report.figures.drawing import Drawing, facts_of
from inputgrad.report.figures.style import WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.points import images
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.survival import Curve

FEW = 2  # bands of more models would hide each other: bars at the markers instead


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One step curve a model with its intervals."""
    curves = summary.curves
    if not curves:
        return None
    figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
    axes = figure.subplots()
    for model, curve in curves.items():
        _curve(axes, summary.context, model, curve)
    budget = max(curve.ks[-1] for curve in curves.values())
    axes.set(xlim=(0, budget), ylim=(-0.02, 1.02))
    axes.set(xlabel=words["iterations"])
    y_title(axes, words["share_fooled"])
    percent_axis(axes.yaxis, words)
    legend_of_models(figure, summary.context, words)
    ends = {model: facts_of(curve.points[-1]) for model, curve in curves.items()}
    return Drawing(
        figure, len(images(summary.attacks)), {"budget": budget, "share_at_budget": ends}
    )


def _curve(axes: Axes, context: Context, model: str, curve: Curve) -> None:
    k, model_look = np.array(curve.ks), look(context, model)
    low, middle, high = (
        np.array([getattr(point, name) for point in curve.points], dtype=float)
        for name in ("low", "estimate", "high")
    )
    some = slice(len(k) // 12, None, max(1, len(k) // 6))
    axes.step(
        k, middle, where="post", color=model_look.colour, ls=model_look.dash, lw=2.2,
        marker=model_look.marker, markevery=some, ms=7, mec="white",
    )  # fmt: skip
    models = context.model_names
    if len(models) <= FEW:
        axes.fill_between(k, low, high, step="post", color=model_look.colour, alpha=0.12, lw=0)
        for edge in (low, high):
            axes.step(k, edge, where="post", color=model_look.colour, lw=0.8, alpha=0.5)
    else:
        shift = 0.008 * k[-1] * (models.index(model) - (len(models) - 1) / 2)
        axes.vlines(k[some] + shift, low[some], high[some], color=model_look.colour, lw=1.4)
