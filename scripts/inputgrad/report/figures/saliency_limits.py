"""Q2: how stable, how specific to the class and how concentrated the maps are, image by image."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.marks import reference, row_words, strip
from inputgrad.report.figures.style import MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import median_words
from inputgrad.statistics.medians import median

# measure -> natural limits, where the reference line stands, its label
PANELS = {
    "stability_spearman": (0.0, 1.0, 1.0, "reference_stability"),
    "class_sensitivity": (0.0, 1.0, 0.0, "reference_sensitivity"),
    "half_mass_share": (0.0, 0.5, 0.5, "reference_concentration"),
}


def draw(data: FigureData) -> Drawing | None:
    """One panel a measure, one strip a model, every photograph a dot."""
    models = [model for model in data.order.models if len(data.saliency_rows(model))]
    if not models:
        return None
    height = len(PANELS) * (1.1 + 0.62 * len(models))
    figure = Figure(figsize=(WIDTH, min(height, MAX_HEIGHT)), layout="constrained")
    panels = figure.subplots(len(PANELS))
    facts: dict[str, Fact] = {
        measure: _panel(axes, data, measure, models)
        for axes, measure in zip(panels, PANELS, strict=True)
    }
    images = {image_id for model in models for image_id in data.saliency_rows(model).index}
    return Drawing(figure, len(images), facts)


def _panel(axes: Axes, data: FigureData, measure: str, models: list[str]) -> dict[str, Fact]:
    low, high, at, words = PANELS[measure]
    values = {model: data.saliency_rows(model)[measure].dropna().to_numpy() for model in models}
    everything = np.concatenate([[low, high], *values.values()])
    margin = 0.02 * np.ptp(everything)
    axes.set_xlim(everything.min() - margin, everything.max() + margin)
    axes.set_ylim(len(models) - 0.5, -0.75)
    axes.set(yticks=[], xlabel=data.labels[measure])
    axes.spines["left"].set_visible(False)
    reference(axes, at, data.labels[words], align="right" if at > low else "left")
    facts: dict[str, Fact] = {}
    for row, model in enumerate(models):
        estimate = median(values[model])
        strip(axes, values[model], at=row, mark=data.mark(model), estimate=estimate)
        row_words(axes, row, model, median_words(estimate, data.labels), data.mark(model).colour)
        facts[model] = facts_of(estimate)
    return facts
