"""Q7: whether photographs of little contrast resist, and need larger perturbations."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData, is_true
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.marks import cloud, hollow_key, legend_of_models, plain_log, y_title
from inputgrad.report.figures.style import WIDTH

MEASURES = {"iterations": "iterations_to_target", "rms_255": "rms"}


def draw(data: FigureData) -> Drawing | None:
    """Iterations and perturbation against the photograph's contrast, one cloud a model."""
    clouds = {model: _with_contrast(data, model) for model in data.order.models}
    everything = pd.concat(list(clouds.values()))
    if everything.empty:
        return None
    figure = Figure(figsize=(WIDTH, 5.8), layout="constrained")
    panels = figure.subplots(len(MEASURES), sharex=True)
    for axes, measure in zip(panels, MEASURES, strict=True):
        _panel(axes, data, clouds, measure)
    panels[-1].set_xlabel(data.labels["contrast"])
    extra = [hollow_key(data)] if is_true(everything["censored"]).any() else []
    legend_of_models(figure, data, extra, lines=False)
    contrast = everything["contrast"]
    facts: dict[str, Fact] = {
        "contrast_low": float(contrast.min()),
        "contrast_high": float(contrast.max()),
        "n": {model: len(rows) for model, rows in clouds.items()},
    }
    return Drawing(figure, everything.index.nunique(), facts)


def _with_contrast(data: FigureData, model: str) -> pd.DataFrame:
    photographs = data.predictions[data.predictions["model"] == model].set_index("image_id")
    rows = data.attacks(model)
    return rows.assign(contrast=photographs["contrast"].reindex(rows.index)).dropna(
        subset=["contrast", "iterations"]
    )


def _panel(axes: Axes, data: FigureData, clouds: dict[str, pd.DataFrame], measure: str) -> None:
    axes.set_yscale("log")
    y_title(axes, data.labels[MEASURES[measure]])
    for model, rows in clouds.items():
        shown = rows[rows[measure] > 0]
        cloud(
            axes, shown["contrast"], shown[measure], hollow=is_true(shown["censored"]),
            mark=data.mark(model),
        )  # fmt: skip
    plain_log(axes.yaxis)
