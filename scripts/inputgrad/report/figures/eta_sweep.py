"""Q7: what the step size changes: iterations, norm, and survival as an 8-bit PNG."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import (
    ends,
    height,
    legend_of_models,
    look,
    percent_axis,
    y_title,
)
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import WIDTH, Look
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.points import images
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Estimate

DODGE = 0.02  # decades between models at one step size, less where step sizes are close

MEASURES: dict[str, tuple[str, Callable[[AttackRow], Estimate]]] = {  # name -> label, estimate
    "iterations": ("iterations_to_target", lambda row: row.iterations),
    "rms_255": ("rms", lambda row: row.rms_255),
    "success_png": ("png_survival", lambda row: row.fooled_png),
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Three panels over a common logarithmic axis of step sizes, one line a model."""
    sweeps, context = _sweeps(summary), summary.context
    etas = sorted({eta for row_of in sweeps.values() for eta in row_of})
    if len(etas) < 2:
        return None
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    panels = figure.subplots(len(MEASURES), sharex=True)
    facts: dict[str, Fact] = {"eta": {model: [*row_of] for model, row_of in sweeps.items()}}
    for axes, (measure, (label, estimate_of)) in zip(panels, MEASURES.items(), strict=True):
        y_title(axes, words[label])
        lines: dict[str, Fact] = {}
        for model, row_of in sweeps.items():
            estimates = [estimate_of(row) for row in row_of.values()]
            shift = _shift(etas, context.model_names.index(model), len(context.models))
            _line(axes, [shift * eta for eta in row_of], estimates, look(context, model))
            lines[model] = [facts_of(estimate) for estimate in estimates]
        facts[measure] = lines
    _frame(panels, etas, words)
    legend_of_models(figure, context, words)
    rows = [row for row_of in sweeps.values() for row in row_of.values()]
    return Drawing(figure, len(images(rows)), facts)


def _sweeps(summary: Summary) -> dict[str, dict[float, AttackRow]]:
    """Model -> step size -> its run."""
    return {
        model: {row.eta: row for row in rows if row.eta is not None}
        for model, rows in summary.sweeps.items()
    }


def _frame(panels: Sequence[Axes], etas: list[float], words: Words) -> None:
    iterations, norms, survival = panels
    iterations.set_ylim(bottom=0)
    norms.set_ylim(0, max(1.0, norms.get_ylim()[1]))
    survival.set_ylim(-0.03, 1.03)
    percent_axis(survival.yaxis, words)
    survival.set(xscale="log", xlabel=words["step_size"])
    survival.set_xticks(etas, [f"{eta:g}" for eta in etas], minor=False)
    survival.set_xticks([], minor=True)


def _shift(etas: list[float], place: int, models: int) -> float:
    """The factor that moves a model's dots a little aside."""
    dodge = min(DODGE, 0.3 * float(np.diff(np.log10(etas)).min()) / models)
    return float(10 ** (dodge * (place - (models - 1) / 2)))


def _line(axes: Axes, x: list[float], estimates: list[Estimate], look: Look) -> None:
    """Estimates on their intervals; a median beyond the budget is a white marker at the budget."""
    y = [height(estimate) for estimate in estimates]
    low, high = zip(*(ends(estimate) for estimate in estimates), strict=True)
    axes.vlines(x, low, high, color=look.colour, lw=2.2)
    axes.plot(
        x, y, color=look.colour, ls=look.dash, marker=look.marker, ms=8, mec="white", clip_on=False
    )
    for place, estimate in enumerate(estimates):
        if not estimate.reached:
            axes.plot(
                x[place], y[place], look.marker, ms=7, mfc="white", mec=look.colour, mew=1.6,
                clip_on=False,
            )  # fmt: skip
