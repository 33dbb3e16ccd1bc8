"""Q2: what moves a map, on one axis: faint noise, the runner-up class, any other class.

Class sensitivity is one minus a rank correlation; here it is turned back, so that all strips say
how much of the map is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import look, reference, row_words, strip
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median

PANELS = {  # measure -> whether it is one minus a correlation, and what its strips are called
    "stability_spearman": (False, "moved_by_noise"),
    "runner_up_sensitivity": (True, "moved_by_runner_up"),
    "class_sensitivity": (True, "moved_by_class"),
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One panel a change, one strip a model, every photograph a dot; all on one axis."""
    rows = summary.saliency
    shown = [measure for measure in PANELS if any(row.values(measure) for row in rows)]
    if not shown:
        return None
    height = 0.5 + len(shown) * (0.55 + 0.62 * len(rows))
    figure = Figure(figsize=(WIDTH, min(height, MAX_HEIGHT)), layout="constrained")
    left = {measure: {row.model: _left(row, measure) for row in rows} for measure in shown}
    lowest = min([0.0, *(v for m in left.values() for found in m.values() for v in found)])
    facts: dict[str, Fact] = {}
    panels = figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0]
    for axes, measure in zip(panels, shown, strict=True):
        axes.set_xlim(lowest - 0.02, 1.02)
        label = words[PANELS[measure][1]]
        facts[measure] = _panel(axes, rows, left[measure], summary.context, words, label)
    reference(panels[0], 1.0, words["reference_stability"], align="right")
    panels[-1].set_xlabel(words["map_left"])
    images = {point.image_id for row in rows for point in row.points}
    return Drawing(figure, len(images), facts)


def _left(row: SaliencyRow, measure: str) -> list[float]:
    """The rank correlation with the map after the change, photograph by photograph."""
    found = list(row.values(measure).values())
    return [1.0 - value for value in found] if PANELS[measure][0] else found


def _panel(
    axes: Axes,
    rows: Sequence[SaliencyRow],
    left: dict[str, list[float]],
    context: Context,
    words: Words,
    label: str,
) -> dict[str, Fact]:
    axes.set_ylim(len(rows) - 0.5, -0.75)
    axes.set(yticks=[])
    axes.set_title(label, loc="left", weight="bold", size="medium")
    axes.spines["left"].set_visible(False)
    medians: dict[str, Estimate] = {model: median(found) for model, found in left.items()}
    for place, row in enumerate(rows):
        found, model = medians[row.model], look(context, row.model)
        strip(axes, left[row.model], at=place, look=model, estimate=found)
        row_words(axes, place, words.network(row.model), words.median(found), model.colour)
    return {model: facts_of(estimate) for model, estimate in medians.items()}
