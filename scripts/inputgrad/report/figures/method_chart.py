"""A chart of saliency methods in one measure: a row a method, controls below, a mark a network."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from inputgrad.report.figures.chart_parts import interval, legend_of_models, look, reference
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import INK, MAX_HEIGHT, MUTED, RULE, WIDTH
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.controls import MethodRow

ROW, FRAME = 0.29, 1.25  # inches: of a row, and of axis, label and legend together
SPREAD = 0.9  # of a row, over which the marks of the networks are spread


def method_chart(
    methods: Sequence[MethodRow],
    measure: str,
    context: Context,
    words: Words,
    *,
    axis: str,
    at: float,
    label: str,
) -> Drawing | None:
    """Medians with their intervals, and the line at `at`; None for no method.

    `axis` and `label` are the words' keys of what is measured and of the line.
    """
    if not methods:
        return None
    height = min(FRAME + ROW * len(methods), MAX_HEIGHT)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.subplots()
    axes.set_ylim(len(methods) - 0.4, -0.6)
    axes.set_yticks(range(len(methods)), [words.run(method.run) for method in methods])
    axes.set(xlabel=words[axis])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    reference(axes, at, words[label], align="left")
    named = [name for name in context.model_names if any(m.of(name) for m in methods)]
    for place, method in enumerate(methods):
        axes.get_yticklabels()[place].set_color(MUTED if method.is_control else INK)
        for row in method.rows:
            shift = (named.index(row.model) + 0.5) / len(named) - 0.5
            interval(axes, row[measure], at=place + SPREAD * shift, look=look(context, row.model))
    controls = sum(method.is_control for method in methods)
    if 0 < controls < len(methods):
        axes.axhline(len(methods) - controls - 0.5, color=RULE, lw=1.0, zorder=1)
    legend_of_models(figure, context, words, lines=False)
    facts: dict[str, Fact] = {
        method.run: {row.model: facts_of(row[measure]) for row in method.rows} for method in methods
    }
    rows = [row for method in methods for row in method.rows]
    return Drawing(figure, max(row[measure].n for row in rows), facts)
