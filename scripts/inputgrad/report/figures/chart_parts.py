"""The parts that charts are made of: strips of dots, intervals, legends, plain logarithmic axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from inputgrad.report.figures.drawing import Fact
from inputgrad.report.figures.style import INK, LOOKS, MUTED, SMALL, WIDTH, Look
from inputgrad.report.figures.words import Words, text_width
from inputgrad.report.summaries.context import Context
from inputgrad.statistics.estimates import Estimate

MANY = 400  # above it, dots would only be ink: a strip becomes a histogram, a cloud is rasterised
MARKS = 2000  # of one network that are drawn in a cloud: more take minutes and show nothing else
BINS = 70
DOT = 17.0  # points squared


def look(context: Context, model: str) -> Look:
    """Colour, marker and dash of a model: the same in every chart."""
    return LOOKS[context.model_names.index(model) % len(LOOKS)]


def strip(
    axes: Axes,
    values: Sequence[float],
    *,
    at: float,
    look: Look,
    estimate: Estimate,
    hollow: Sequence[bool] | None = None,
) -> None:
    """A row around height ``at``: the median on its interval, below it every value as a dot.

    Rows are 1 apart and grow downwards; ``row_name`` goes beside. Dots that would cover each other
    are stacked; those that are ``hollow`` are rings. The axis must have its final limits and scale.
    """
    found = np.asarray(values, dtype=np.float64)
    order = np.argsort(found, kind="stable")
    rings = np.zeros(len(found), bool) if hollow is None else np.asarray(hollow, bool)[order]
    found = found[order]
    place, counts, centres = _binned(axes, found)
    below = at + 0.17
    if len(found) > MANY:
        bars = 0.22 * counts / counts.max()
        axes.fill_between(
            centres, below - bars, below + bars, color=look.colour, alpha=0.45, lw=0, zorder=2
        )
    else:
        pitch = min(0.11, 0.44 / max(1, counts.max(initial=0) - 1))
        for chosen, face, edge in ((~rings, look.colour, 0.0), (rings, "none", 1.1)):
            axes.scatter(
                found[chosen], below + pitch * place[chosen], s=DOT, facecolors=face,
                edgecolors=look.colour, linewidths=edge, alpha=0.6 if edge == 0.0 else 1.0,
                clip_on=False, zorder=2,
            )  # fmt: skip
    interval(axes, estimate, at=at - 0.2, look=look)


def _binned(axes: Axes, found: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
    """Place of each value in its bin's stack (… -1, 0, 1 …), the bins' counts and centres."""
    scale = axes.get_xaxis().get_transform()
    low, high = (float(edge) for edge in scale.transform(np.array(axes.get_xlim())))
    width = (high - low) / BINS
    bins = np.clip(((scale.transform(found) - low) / width).astype(int), 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    rank = np.arange(len(found)) - np.searchsorted(bins, bins)
    centres = scale.inverted().transform(low + width * (np.arange(BINS) + 0.5))
    return rank - (counts[bins] - 1) / 2.0, counts, centres


def interval(axes: Axes, estimate: Estimate, *, at: float, look: Look) -> None:
    """An estimate as a large marker on the bar of its interval, at height ``at``."""
    if estimate.estimate is None:
        return
    low, high = ends(estimate)
    for colour, width, above in (("white", 4.6, 3), (look.colour, 2.4, 4)):
        axes.plot(
            [low, high], [at, at], color=colour, lw=width, solid_capstyle="round", zorder=above
        )
    axes.plot(
        estimate.estimate, at, look.marker, color=look.colour, ms=8.5, mec="white", mew=1.2,
        zorder=5,
    )  # fmt: skip


def height(estimate: Estimate) -> float:
    """Where an estimate is drawn: a median beyond the budget at the budget, none at nan."""
    known = estimate.estimate if estimate.reached else estimate.budget
    return float("nan") if known is None else known


def ends(estimate: Estimate) -> tuple[float, float]:
    """Both ends of an interval; an open one reaches the budget, or else the estimate only."""
    middle = height(estimate)
    open_end = middle if estimate.low is None or estimate.budget is None else estimate.budget
    low = middle if estimate.low is None else estimate.low
    return low, open_end if estimate.high is None else estimate.high


def row_name(axes: Axes, at: float, name: str, numbers: str, colour: str) -> None:
    """A name and under it its numbers, left of a strip, where nothing else is drawn."""
    place: dict[str, Any] = {"xy": (0.0, at), "xycoords": axes.get_yaxis_transform()}
    place |= {"textcoords": "offset points", "ha": "right", "size": SMALL}
    axes.annotate(name, xytext=(-8, 1), va="bottom", color=colour, weight="bold", **place)
    axes.annotate(numbers, xytext=(-8, -1), va="top", color=INK, **place)


def row_words(axes: Axes, at: float, words: str) -> None:
    """What a row is, above it; lines are drawn under the words."""
    axes.text(
        0.0, at - 0.5, words, transform=axes.get_yaxis_transform(), va="center", color=INK,
        size=SMALL, zorder=1.5, bbox={"fc": "white", "ec": "none", "pad": 1.0},
    )  # fmt: skip


def cloud(
    axes: Axes, x: Sequence[float], y: Sequence[float], *, hollow: Sequence[bool], look: Look
) -> None:
    """One dot a photograph; those that are ``hollow`` did not reach their target.

    Of more than `MARKS` one in `every` is drawn, which `thinned` says.
    """
    step = every(len(x))
    left, up = np.asarray(x)[::step], np.asarray(y)[::step]
    many, rings = len(x) > MANY, np.asarray(hollow, bool)[::step]
    for chosen, face in ((~rings, look.colour), (rings, "none")):
        axes.scatter(
            left[chosen], up[chosen], s=34, marker=look.marker,
            facecolors=face, edgecolors=look.colour, linewidths=1.2, alpha=0.2 if many else 0.75,
            rasterized=many,
        )  # fmt: skip


def every(n: int) -> int:
    """One photograph in how many is drawn, of `n`."""
    return max(1, -(-n // MARKS))


def thinned(most: int) -> dict[str, Fact]:
    """The fact that one in so many is drawn, where the largest cloud has too many."""
    return {"every": every(most)} if every(most) > 1 else {}


def hollow_key(words: Words) -> Line2D:
    """Legend entry of the attacks that did not reach their target."""
    return Line2D(
        [], [], ls="", marker="o", mfc="none", mec=MUTED, mew=1.2, ms=7,
        label=words["budget_not_enough"],
    )  # fmt: skip


def legend_of_models(
    figure: Figure,
    context: Context,
    words: Words,
    extra: Sequence[Line2D] = (),
    *,
    lines: bool = True,
) -> None:
    """Models (and more) in a row above the charts; needs the constrained layout."""
    handles = [
        _key(words.network(model), look(context, model), lines=lines)
        for model in context.model_names
    ]
    legend_above(figure, [*handles, *extra])


def legend_above(figure: Figure, handles: Sequence[Line2D], *, title: str | None = None) -> None:
    """A legend in as few rows as fit above the charts; needs the constrained layout."""
    widest = max((text_width(str(handle.get_label())) for handle in handles), default=0.0)
    columns = max(1, min(len(handles), int(WIDTH / (widest + 0.75))))
    figure.legend(
        handles=handles, loc="outside upper left", ncols=columns, borderaxespad=0.2, title=title,
        title_fontproperties={"weight": "bold"}, alignment="left",
    )  # fmt: skip


def _key(name: str, look: Look, *, lines: bool) -> Line2D:
    dash = look.dash if lines else ""
    return Line2D([], [], color=look.colour, marker=look.marker, ls=dash, ms=7, label=name)


def reference(axes: Axes, x: float, words: str, *, align: str) -> None:
    """A dashed vertical line at ``x`` with its words above the axes, aligned as ``ha``."""
    axes.axvline(x, color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
    axes.annotate(
        words, (x, 1.0), xycoords=axes.get_xaxis_transform(), xytext=(0, 2),
        textcoords="offset points", va="bottom", ha=align, color=MUTED, size=SMALL,
    )  # fmt: skip


def plain_log(axis: Axis) -> None:
    """Ticks 1, 2, 5, 10, … in plain digits; the scale must be logarithmic."""
    axis.set_major_locator(LogLocator(base=10.0, subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def y_title(axes: Axes, words: str) -> None:
    """The vertical axis's label, above it and level."""
    axes.set_title(words, loc="left", size=SMALL, pad=7)


def percent_axis(axis: Axis, words: Words) -> None:
    """Shares as percentages."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: words["percent"].format(100 * value)))
