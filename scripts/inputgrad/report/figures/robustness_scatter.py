"""Q3: whether the first gradient foretells how many steps an attack needs.

Observed iterations against the linear guess at the photograph. On the dashed line the guess is
right; above it the attack needed more steps. Attacks that did not reach their target are hollow
and stand at their budget.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData, is_true
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.marks import cloud, hollow_key, legend_of_models, plain_log, y_title
from inputgrad.report.figures.style import MUTED, SMALL, WIDTH


def draw(data: FigureData) -> Drawing | None:
    """One cloud of photographs a model on two logarithmic axes."""
    clouds = {model: _known(data.attacks(model)) for model in data.order.models}
    everything = pd.concat(list(clouds.values()))
    if everything.empty:
        return None
    figure = Figure(figsize=(WIDTH, 5.2), layout="constrained")
    axes = figure.subplots()
    _frame(axes, data, everything)
    for model, rows in clouds.items():
        x, y = rows["predicted_iterations"], rows["iterations"]
        cloud(axes, x, y, hollow=is_true(rows["censored"]), mark=data.mark(model))
    extra = [hollow_key(data)] if is_true(everything["censored"]).any() else []
    legend_of_models(figure, data, extra, lines=False)
    facts: dict[str, Fact] = {model: _facts(rows) for model, rows in clouds.items()}
    return Drawing(figure, everything.index.nunique(), facts)


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    """Attacks whose guess is a positive number: a zero gradient foretells nothing."""
    guess = rows["predicted_iterations"]
    return rows[np.isfinite(guess) & (guess > 0) & (rows["iterations"] > 0)]


def _frame(axes: Axes, data: FigureData, rows: pd.DataFrame) -> None:
    low = 0.8 * min(1.0, rows["predicted_iterations"].min())
    top = 1.3 * rows["iterations"].max()
    right = 1.3 * max(rows["predicted_iterations"].max(), 2.0)
    axes.set(xscale="log", yscale="log", xlim=(low, right), ylim=(0.8, top))
    axes.set_xlabel(data.labels["iterations_predicted"])
    y_title(axes, data.labels["iterations_observed"])
    plain_log(axes.xaxis)
    plain_log(axes.yaxis)
    axes.axline((1.0, 1.0), (2.0, 2.0), color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
    axes.text(
        0.98, 0.03, data.labels["equal"], transform=axes.transAxes, ha="right", color=MUTED,
        size=SMALL,
    )  # fmt: skip


def _facts(rows: pd.DataFrame) -> dict[str, Fact]:
    ratio = (rows["iterations"] / rows["predicted_iterations"]).median()
    return {
        "n": len(rows),
        "censored": int(is_true(rows["censored"]).sum()),
        "median_observed_over_predicted": float(ratio),
    }
