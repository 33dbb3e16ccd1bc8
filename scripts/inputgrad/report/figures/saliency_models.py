"""Q4: the same photographs under every model, one line a photograph, one panel a measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.marks import MANY, legend_of_models
from inputgrad.report.figures.style import INK, MUTED, WIDTH

MEASURES = {  # measure -> its label
    "half_mass_share": "half_mass_share_short",
    "gini": "gini_short",
    "stability_spearman": "stability_spearman_short",
    "class_sensitivity": "class_sensitivity_short",
}


def draw(data: FigureData) -> Drawing | None:
    """Paired dots of the photographs that every model has, the medians on top."""
    models = [model for model in data.order.models if len(data.saliency_rows(model))]
    paired = {measure: _paired(data, measure, models) for measure in MEASURES}
    if len(models) < 2 or all(frame.empty for frame in paired.values()):
        return None
    figure = Figure(figsize=(WIDTH, 6.0), layout="constrained")
    legend_of_models(figure, data, _keys(data), lines=False)
    for axes, (measure, frame) in zip(figure.subplots(2, 2).flat, paired.items(), strict=True):
        _panel(axes, data, measure, frame)
    facts: dict[str, Fact] = {
        measure: {
            "n": len(frame),
            "median": {model: float(frame[model].median()) for model in models},
        }
        for measure, frame in paired.items()
    }
    return Drawing(figure, max(len(frame) for frame in paired.values()), facts)


def _keys(data: FigureData) -> list[Line2D]:
    return [
        Line2D([], [], color=INK, lw=2.4, label=data.labels["median"]),
        Line2D([], [], color=MUTED, lw=0.8, label=data.labels["photograph_line"]),
    ]


def _paired(data: FigureData, measure: str, models: list[str]) -> pd.DataFrame:
    """Photographs that all models have (rows) by model (columns)."""
    columns = {model: data.saliency_rows(model)[measure] for model in models}
    return pd.DataFrame(columns, columns=models).dropna()


def _panel(axes: Axes, data: FigureData, measure: str, frame: pd.DataFrame) -> None:
    places = np.arange(len(frame.columns))
    many = len(frame) > MANY
    alpha = 0.35 if not many else 0.05
    axes.plot(places, frame.to_numpy().T, color=MUTED, lw=0.8, alpha=alpha, rasterized=many)
    for place, model in zip(places, frame.columns, strict=True):
        mark = data.mark(model)
        axes.plot(
            np.full(len(frame), place), frame[model], mark.marker, color=mark.colour, ms=4,
            mew=0, alpha=min(1.0, 2 * alpha), rasterized=many,
        )  # fmt: skip
    medians = frame.median()
    axes.plot(places, medians, color="white", lw=5, zorder=3)
    axes.plot(places, medians, color=INK, lw=2.4, zorder=4)
    for place, model in zip(places, frame.columns, strict=True):
        mark = data.mark(model)
        axes.plot(
            place, medians[model], mark.marker, color=mark.colour, ms=10, mec=INK, mew=1.4, zorder=5
        )
    axes.set(xticks=[], title=data.labels[MEASURES[measure]])
    axes.set_xlim(-0.3, places[-1] + 0.3)
