"""Q3: whether the first gradient predicts how many iterations an attack needs.

Observed iterations against the linear guess at the photograph. On the dashed line the guess is
right; above it the attack needed more iterations. Attacks that did not reach their target are
hollow, at the height of their budget.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import (
    cloud,
    hollow_key,
    legend_of_models,
    look,
    plain_log,
    thinned,
    y_title,
)
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import MUTED, SMALL, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import Reach
from inputgrad.report.summaries.points import images
from inputgrad.report.summaries.summary import Summary

Pairs = list[tuple[float, float]]  # predicted and observed iterations


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One cloud of photographs a model on two logarithmic axes."""
    clouds = {found: _pairs(found) for found in summary.reach}
    everything = [pair for pairs in clouds.values() for pair in pairs]
    if not everything:
        return None
    figure = Figure(figsize=(WIDTH, 3.9), layout="constrained")
    axes = figure.subplots()
    _frame(axes, everything, words)
    for found, pairs in clouds.items():
        x, y = [predicted for predicted, _ in pairs], [observed for _, observed in pairs]
        hollow = [bool(censored) for censored in found.points.column("censored")]
        cloud(axes, x, y, hollow=hollow, look=look(summary.context, found.model))
    stopped = any(found.ratio.censored for found in clouds)
    extra = [hollow_key(words)] if stopped else []
    legend_of_models(figure, summary.context, words, extra, lines=False)
    facts: dict[str, Fact] = {
        found.model: facts_of(found.ratio) | {"censored": found.ratio.censored} for found in clouds
    }
    facts |= thinned(max(map(len, clouds.values())))
    return Drawing(figure, len(images([*clouds])), facts)


def _pairs(found: Reach) -> Pairs:
    columns = (found.points.column(name) for name in ("predicted_iterations", "iterations"))
    return [(x, y) for x, y in zip(*columns, strict=True) if x is not None and y is not None]


def _frame(axes: Axes, pairs: Pairs, words: Words) -> None:
    predicted = [x for x, _ in pairs]
    low, right = 0.8 * min(1.0, *predicted), 1.3 * max(2.0, *predicted)
    axes.set(xscale="log", yscale="log", xlim=(low, right))
    axes.set_ylim(0.8, 1.3 * max(observed for _, observed in pairs))
    axes.set_xlabel(words["iterations_predicted"])
    y_title(axes, words["iterations_observed"])
    plain_log(axes.xaxis)
    plain_log(axes.yaxis)
    axes.axline((1.0, 1.0), (2.0, 2.0), color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
    axes.text(
        0.98, 0.03, words["equal"], transform=axes.transAxes, ha="right", color=MUTED, size=SMALL
    )
