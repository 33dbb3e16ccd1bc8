"""Q6: how large the perturbations are, and whether random ones of equal norm do the same.

The upper panel has the root mean square of the perturbation of every attacked photograph, where its
attack stopped, beside one grey level of an 8-bit image; rings did not reach their target. The lower
panel has the share of photographs whose prediction changes, by the attack (as the PNG is read back)
and by a random perturbation of the same L2 norm.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import (
    hollow_key,
    interval,
    legend_above,
    look,
    percent_axis,
    plain_log,
    reference,
    row_name,
    row_words,
    strip,
)
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import MAX_HEIGHT, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.points import images
from inputgrad.report.summaries.summary import Summary
from inputgrad.statistics.estimates import Estimate

LEGEND = 0.3  # inches


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Two panels, one strip a model in the first, one row a cause in the second."""
    rows, context = summary.attacks, summary.context
    if not rows:
        return None
    heights = [1.1 + 0.62 * len(rows), 1.3 + 0.55 * len(rows)]
    stopped = any(any(row.points.column("censored")) for row in rows)
    height = min(sum(heights) + LEGEND * stopped, MAX_HEIGHT)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    upper, lower = figure.subplots(2, height_ratios=heights)
    if stopped:
        legend_above(figure, [hollow_key(words)])
    facts: dict[str, Fact] = {
        "rms_255": _norms(upper, rows, context, words),
        "share_changed": _changes(lower, rows, context, words),
    }
    return Drawing(figure, len(images(rows)), facts)


def _norms(
    axes: Axes, rows: Sequence[AttackRow], context: Context, words: Words
) -> dict[str, Fact]:
    dots = {row.model: _dots(row) for row in rows}
    everything = [0.2, 2.0, *(norm for found in dots.values() for norm, _ in found)]
    axes.set(xscale="log", xlim=(0.85 * min(everything), 1.15 * max(everything)))
    axes.set(ylim=(len(rows) - 0.5, -0.75), yticks=[], xlabel=words["rms"])
    axes.spines["left"].set_visible(False)
    plain_log(axes.xaxis)
    reference(axes, 1.0, words["grey_level"], align="center")
    for place, row in enumerate(rows):
        norms, hollow = [norm for norm, _ in dots[row.model]], [ring for _, ring in dots[row.model]]
        model = look(context, row.model)
        strip(axes, norms, at=place, look=model, estimate=row.rms_255, hollow=hollow)
        row_name(axes, place, words.network(row.model), words.median(row.rms_255), model.colour)
    return {row.model: facts_of(row.rms_255) for row in rows}


def _dots(row: AttackRow) -> list[tuple[float, bool]]:
    """Norm and whether the budget stopped the attack; a norm of 0 has no logarithm."""
    both = zip(row.points.column("rms_255"), row.points.column("censored"), strict=True)
    return [(norm, bool(censored)) for norm, censored in both if norm]


def _changes(
    axes: Axes, rows: Sequence[AttackRow], context: Context, words: Words
) -> dict[str, Fact]:
    causes: dict[str, dict[str, Estimate]] = {
        "targeted": {row.model: row.changed_png for row in rows},
        "control": {row.model: row.control_changed for row in rows},
    }
    axes.set(xlim=(-0.02, 1.02), ylim=(len(causes) - 0.5, -0.75), yticks=[])
    axes.set_xlabel(words["share_changed"])
    axes.spines["left"].set_visible(False)
    percent_axis(axes.xaxis, words)
    for place, (cause, shares) in enumerate(causes.items()):
        row_words(axes, place, words[cause])
        for below, (model, share) in enumerate(shares.items()):
            at = place - 0.27 + 0.58 * (below + 0.5) / len(rows)
            interval(axes, share, at=at, look=look(context, model))
    return {
        cause: {model: facts_of(share) for model, share in shares.items()}
        for cause, shares in causes.items()
    }
