"""Q6: how large the perturbations are, and whether random ones of equal norm do the same.

The upper panel has the root mean square of each successful perturbation beside one grey level of
an 8-bit image; the lower one the share of photographs whose prediction changes, by the attack (as
the PNG is read back) and by a random perturbation of the same L2 norm.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.data import FigureData, is_true
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.marks import (
    interval,
    percent_axis,
    plain_log,
    reference,
    row_words,
    strip,
)
from inputgrad.report.figures.style import INK, MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import median_words
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate

CHANGES = {"targeted": "success_png", "control": "control_changed"}


def draw(data: FigureData) -> Drawing | None:
    """Two panels, one strip a model in the first, one row a cause in the second."""
    models = [model for model in data.order.models if len(data.attacks(model))]
    if not models:
        return None
    heights = [1.1 + 0.62 * len(models), 1.3 + 0.5 * len(models)]
    figure = Figure(figsize=(WIDTH, min(sum(heights), MAX_HEIGHT)), layout="constrained")
    upper, lower = figure.subplots(2, height_ratios=heights)
    facts: dict[str, Fact] = {
        "rms_255": _norms(upper, data, models),
        "share_changed": _changes(lower, data, models),
    }
    images = {image_id for model in models for image_id in data.attacks(model).index}
    return Drawing(figure, len(images), facts)


def _norms(axes: Axes, data: FigureData, models: list[str]) -> dict[str, Fact]:
    values = {}
    for model in models:
        rows = data.attacks(model)
        found = rows.loc[is_true(rows["success"]), "rms_255"].dropna()
        values[model] = found[found > 0].to_numpy()
    everything = np.concatenate([[0.2, 2.0], *values.values()])
    axes.set(xscale="log", xlim=(0.85 * everything.min(), 1.15 * everything.max()))
    axes.set(ylim=(len(models) - 0.5, -0.75), yticks=[], xlabel=data.labels["rms"])
    axes.spines["left"].set_visible(False)
    plain_log(axes.xaxis)
    reference(axes, 1.0, data.labels["grey_level"], align="center")
    facts: dict[str, Fact] = {}
    for row, model in enumerate(models):
        estimate, mark = median(values[model]), data.mark(model)
        strip(axes, values[model], at=row, mark=mark, estimate=estimate)
        row_words(axes, row, model, median_words(estimate, data.labels), mark.colour)
        facts[model] = facts_of(estimate)
    return facts


def _changes(axes: Axes, data: FigureData, models: list[str]) -> dict[str, Fact]:
    axes.set(xlim=(-0.02, 1.02), ylim=(len(CHANGES) - 0.5, -0.75), yticks=[])
    axes.set_xlabel(data.labels["share_changed"])
    axes.spines["left"].set_visible(False)
    percent_axis(axes.xaxis, data.labels)
    facts: dict[str, Fact] = {}
    for row, (words, column) in enumerate(CHANGES.items()):
        row_words(axes, row, data.labels[words], "", INK)
        shares: dict[str, Fact] = {}
        for place, model in enumerate(models):
            flags = data.attacks(model)[column].dropna()
            estimate = rate(int(is_true(flags).sum()), len(flags))
            at = row - 0.25 + 0.65 * (place + 0.5) / len(models)
            interval(axes, estimate, at=at, mark=data.mark(model))
            shares[model] = facts_of(estimate)
        facts[words] = shares
    return facts
