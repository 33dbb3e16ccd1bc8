"""Q7: what the step size changes: iterations, norm, and survival as an 8-bit PNG."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData, is_true
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.marks import ends, height, legend_of_models, percent_axis, y_title
from inputgrad.report.figures.style import WIDTH
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import censored_median, median
from inputgrad.statistics.rates import rate

DODGE = 0.02  # decades between models at one step size, less where step sizes are close


def _iterations(rows: pd.DataFrame) -> Estimate:
    budget = float(rows["budget"].max()) if len(rows) else 0.0
    return censored_median(rows["iterations"], is_true(rows["censored"]), budget=budget)


def _norms(rows: pd.DataFrame) -> Estimate:
    return median(rows.loc[is_true(rows["success"]), "rms_255"].dropna().to_numpy())


def _survival(rows: pd.DataFrame) -> Estimate:
    return rate(int(is_true(rows["success_png"]).sum()), len(rows))


MEASURES: dict[str, tuple[str, Callable[[pd.DataFrame], Estimate]]] = {
    "iterations": ("iterations_to_target", _iterations),
    "rms_255": ("rms", _norms),
    "success_png": ("png_survival", _survival),
}


def draw(data: FigureData) -> Drawing | None:
    """Three panels over a common logarithmic axis of step sizes, one line a model."""
    runs = _runs(data)
    models = [model for model in data.order.models if len(data.attacks(model))]
    if len(runs) < 2 or not models:
        return None
    figure = Figure(figsize=(WIDTH, 7.0), layout="constrained")
    panels = figure.subplots(len(MEASURES), sharex=True)
    facts: dict[str, Fact] = {"eta": list(runs)}
    for axes, measure in zip(panels, MEASURES, strict=True):
        facts[measure] = {model: _line(axes, data, runs, measure, model) for model in models}
        y_title(axes, data.labels[MEASURES[measure][0]])
    panels[0].set_ylim(bottom=0)
    panels[1].set_ylim(0, max(1.0, panels[1].get_ylim()[1]))
    panels[2].set_ylim(-0.03, 1.03)
    percent_axis(panels[2].yaxis, data.labels)
    panels[2].set(xscale="log", xlabel=data.labels["step_size"])
    panels[2].set_xticks(list(runs), [f"{eta:g}" for eta in runs], minor=False)
    panels[2].set_xticks([], minor=True)
    legend_of_models(figure, data)
    images = {image_id for model in models for image_id in data.attacks(model).index}
    return Drawing(figure, len(images), facts)


def _runs(data: FigureData) -> dict[float, str]:
    """Step size -> run, among the runs that share the main run's method and budget."""
    rows = data.adversarial[data.adversarial["target_policy"] == data.order.target_policy]
    main = rows[rows["run"] == data.order.main_adversarial]
    if main.empty:
        return {}
    alike = rows[
        rows["method"].eq(main["method"].iloc[0]) & rows["budget"].eq(main["budget"].iloc[0])
    ]
    found: dict[float, str] = {}
    for run in (data.order.main_adversarial, *data.order.adversarial_runs):
        for eta in alike.loc[alike["run"] == run, "eta"].unique():
            found.setdefault(float(eta), run)
    return dict(sorted(found.items()))


def _line(
    axes: Axes, data: FigureData, runs: dict[float, str], measure: str, model: str
) -> list[Fact]:
    estimates = [MEASURES[measure][1](data.attacks(model, run)) for run in runs.values()]
    mark, place, most = data.mark(model), data.order.models.index(model), len(data.order.models)
    dodge = min(DODGE, 0.3 * float(np.diff(np.log10(list(runs))).min()) / most)
    shift = 10 ** (dodge * (place - (most - 1) / 2))
    x = [eta * shift for eta in runs]
    y = [height(estimate) for estimate in estimates]
    low, high = zip(*(ends(estimate) for estimate in estimates), strict=True)
    axes.vlines(x, low, high, color=mark.colour, lw=2.2)
    axes.plot(
        x, y, color=mark.colour, ls=mark.dash, marker=mark.marker, ms=8, mec="white", clip_on=False
    )
    beyond = [i for i, estimate in enumerate(estimates) if not estimate.reached]
    axes.plot(
        [x[i] for i in beyond], [y[i] for i in beyond], mark.marker, ms=7, mfc="white",
        mec=mark.colour, mew=1.6,
    )  # fmt: skip
    return [facts_of(estimate) for estimate in estimates]
