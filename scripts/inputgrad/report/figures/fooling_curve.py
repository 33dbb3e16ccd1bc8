"""Q6: share of the photographs that are fooled after k iterations.

At each k the interval is the exact binomial one (Clopper, Pearson 1934), pointwise: every attack
runs until its target or its budget, so at each k it is known whether the target was reached.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData, is_true
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.marks import legend_of_models, percent_axis, y_title
from inputgrad.report.figures.style import WIDTH
from inputgrad.statistics.survival import share_fooled

FEW = 2  # bands of more models would hide each other: bars at the markers instead


def draw(data: FigureData) -> Drawing | None:
    """One step curve a model with its intervals."""
    models = [model for model in data.order.models if len(data.attacks(model))]
    if not models:
        return None
    figure = Figure(figsize=(WIDTH, 4.2), layout="constrained")
    axes = figure.subplots()
    facts: dict[str, Fact] = {model: _curve(axes, data, model) for model in models}
    budget = max(int(data.attacks(model)["budget"].max()) for model in models)
    axes.set(xlim=(0, budget), ylim=(-0.02, 1.02))
    axes.set(xlabel=data.labels["iterations"])
    y_title(axes, data.labels["share_fooled"])
    percent_axis(axes.yaxis, data.labels)
    legend_of_models(figure, data)
    images = {image_id for model in models for image_id in data.attacks(model).index}
    return Drawing(figure, len(images), {"budget": budget, "share_at_budget": facts})


def _curve(axes: Axes, data: FigureData, model: str) -> dict[str, Fact]:
    rows, mark = data.attacks(model), data.mark(model)
    k = np.arange(int(rows["budget"].max()) + 1)
    points = share_fooled(rows["iterations"], is_true(rows["censored"]), ks=k).points
    low, middle, high = (
        np.array([getattr(point, name) for point in points], dtype=float)
        for name in ("low", "estimate", "high")
    )
    marks = slice(len(k) // 12, None, max(1, len(k) // 6))
    axes.step(
        k, middle, where="post", color=mark.colour, ls=mark.dash, lw=2.2, marker=mark.marker,
        markevery=marks, ms=7, mec="white",
    )  # fmt: skip
    if len(data.order.models) <= FEW:
        axes.fill_between(k, low, high, step="post", color=mark.colour, alpha=0.12, lw=0)
        for edge in (low, high):
            axes.step(k, edge, where="post", color=mark.colour, lw=0.8, alpha=0.5)
    else:
        shift = 0.008 * k[-1] * (data.order.models.index(model) - (len(data.order.models) - 1) / 2)
        axes.vlines(k[marks] + shift, low[marks], high[marks], color=mark.colour, lw=1.4)
    return facts_of(points[-1])
