"""Q5: how an attack turns a prediction, by the scores of three classes on its way.

One panel for each exemplar of the main run in the leading model, on one scale: the label's score,
the target's, and that of the best of all other classes.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import legend_above
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import evenly
from inputgrad.report.figures.style import INK, LOOKS, MUTED, WIDTH
from inputgrad.report.figures.words import Words, fitted
from inputgrad.report.summaries.adversarial import AttackPoint
from inputgrad.report.summaries.score_paths import ScorePath
from inputgrad.report.summaries.summary import Summary

MOST = 3
TITLE = 1.6  # inches
STYLES = {  # of a path -> colour, dash, width
    "label": (INK, "-", 2.2),
    "target": (LOOKS[1].colour, "-", 2.2),
    "rival": (MUTED, (0, (4, 2)), 1.4),
}


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """None where no exemplar's scores were written down."""
    paths, context = next(iter(summary.score_paths), None), summary.context
    run = context.main_runs["adversarial"]
    rows = [row for row in summary.attacks if paths is not None and row.model == paths.model]
    if paths is None or not rows:
        return None
    ids = pictures.exemplars.of("adversarial", context).get(run, ())
    known = [
        (point, path)
        for i in ids
        if (path := paths.of(i)) is not None and (point := rows[0].point(i)) is not None
    ]
    shown = [known[place] for place in evenly(len(known), MOST)] if known else []
    if not shown:
        return None
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    for axes, (point, path) in zip(panels, shown, strict=True):
        _panel(axes, point, path, words)
    panels[0].set_ylabel(words["score"])  # the classes stand above
    legend_above(figure, panels[0].get_legend_handles_labels()[0])
    facts: dict[str, Fact] = {"risen": paths.risen.estimate, "n": len(shown)}
    return Drawing(figure, len(shown), facts)


def _panel(axes: Axes, point: AttackPoint, path: ScorePath, words: Words) -> None:
    names = {"label": "score_of_label", "target": "score_of_target", "rival": "score_of_rival"}
    for name, (colour, dash, width) in STYLES.items():
        found = getattr(path, name)
        axes.plot(path.iterations, found, color=colour, ls=dash, lw=width, label=words[names[name]])
        last = np.flatnonzero(~np.isnan(found))[-1:]
        axes.plot(path.iterations[last], found[last], "o", color=colour, ms=5, clip_on=False)
    axes.set_xlabel(words["iterations"])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    classes = [words.class_name(c) for c in (point.label, point.target) if c is not None]
    title = words["change"].format(*classes) if len(classes) > 1 else classes[0]
    fit = fitted(title, TITLE, lines=3)
    axes.set_title(fit.text, size=fit.size)
