"""Q7: what the attacks cost and how far they go, in the leading network.

Above, the median L2 norm of the perturbation against the gradients that it took, one mark an attack
with its name beside it; failures count as infinitely far, so an attack that failed on half of the
photographs or more has no distance and lies in a strip of its own, above. A ring: fewer than half
of its successes are left in the 8-bit PNG. Below, the share of the photographs that an attack has
not fooled within a distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.attack_names import attack_names
from inputgrad.report.figures.chart_parts import legend_above, percent_axis, y_title
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import FILL, LOOKS, MUTED, SMALL, WIDTH, Look
from inputgrad.report.figures.words import Words, text_width
from inputgrad.report.summaries.attack_contest import Contender, Contest, leading
from inputgrad.report.summaries.summary import Summary

HEIGHT = 4.7  # inches without a strip of failures
PANEL = (5.3, 1.75)  # inches of the upper panel and what is beside the lower one, about
KEY = 0.6  # inches of a line of that legend without its words
STRIP, TITLE = 0.22, 0.35  # inches: of the strip for each attack in it, and of its title
HIGHEST = 0.9  # inches of the strip
MARK = 0.08  # inches that a mark reaches to each side
LINE = 1.25 * SMALL / 72.0  # inches between the baselines of two names
BESIDE = 0.12  # inches between a mark and its name
ROOM = 1.15  # of the largest number, up to the edge of an axis
CROWD = 7  # attacks from which on a colour comes again, with another dash
KEYED = 9  # lines that a legend beside the lower panel holds


@dataclass(frozen=True)
class _Mark:
    """An attack where it is drawn: gradients, and the L2 norm; `y` is its line in the strip."""

    row: Contender
    name: str
    look: Look
    x: float
    y: float

    @property
    def failed(self) -> bool:
        """Whether it has no median distance."""
        return self.row.l2.estimate is None


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Two panels of the first network where several attacks aim at the compared targets."""
    contest = leading(summary.contests)
    if contest is None:
        return None
    names = attack_names(summary.context, words)
    marks = [_mark(row, names[row.run], place) for place, row in enumerate(contest.rows)]
    without = [mark for mark in marks if mark.failed]
    failed = [replace(mark, y=float(line)) for line, mark in enumerate(without)]
    strip = min(HIGHEST, STRIP * len(failed)) if failed else 0.0
    figure = Figure(figsize=(WIDTH, HEIGHT + strip + TITLE * bool(failed)), layout="constrained")
    heights = ([strip] if failed else []) + [PANEL[1], PANEL[1] / 1.4]
    *above, costs, below = figure.subplots(len(heights), height_ratios=heights)
    top = ROOM * max([contest.furthest or 1e-3, *(_medians(contest.rows))])
    for axes in above:
        _failures(axes, failed, _most(marks), words)
    beside = KEY + max(text_width(mark.name) for mark in marks) if len(marks) <= KEYED else 0.0
    placed = [mark for mark in marks if not mark.failed]
    _costs(costs, placed, _most(marks), top, PANEL[0] - beside, words)
    _curves(below, marks, top, words)
    legend_above(figure, _keys(marks, words), title=words.network(contest.model))
    return Drawing(figure, contest.n, _facts(contest))


def _mark(row: Contender, name: str, place: int) -> _Mark:
    look, dashes = LOOKS[place % len(LOOKS)], [one.dash for one in LOOKS]
    if place >= CROWD:
        look = Look(look.colour, look.marker, dashes[(place + 1) % len(dashes)])
    return _Mark(row, name, look, row.gradients.estimate or 0.0, row.l2.estimate or 0.0)


def _medians(rows: Sequence[Contender]) -> list[float]:
    """Median distances of the attacks that reach half of the photographs."""
    return [row.l2.estimate for row in rows if row.l2.estimate is not None]


def _most(marks: Sequence[_Mark]) -> float:
    return max([1.0, *(mark.x for mark in marks)])


def _gradients(axes: Axes, most: float) -> None:
    """The axis of both upper panels."""
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.4)  # a trained attack takes none
    axes.set_xlim(-0.3, 3.0 * most)
    ticks = [0, *(10**k for k in range(len(str(round(most))) + 1) if 10**k < 3 * most)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


def _dots(axes: Axes, marks: Sequence[_Mark]) -> None:
    for mark in marks:
        face = mark.look.colour if mark.row.survives else "white"
        axes.plot(
            mark.x, mark.y, mark.look.marker, ms=9, mfc=face, mec=mark.look.colour, mew=1.6,
            clip_on=False, zorder=3,
        )  # fmt: skip


def _failures(axes: Axes, marks: Sequence[_Mark], most: float, words: Words) -> None:
    """A strip without an axis of distances: one attack a line, by the gradients that it took."""
    _gradients(axes, most)
    axes.set(ylim=(len(marks) - 0.4, -0.6), yticks=[], facecolor=FILL)
    axes.grid(visible=False)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines[:].set_visible(False)
    y_title(axes, words["half_failed"])
    _dots(axes, marks)
    for mark in marks:
        axes.annotate(
            mark.name, (mark.x, mark.y), xytext=(72 * BESIDE, 0), textcoords="offset points",
            va="center_baseline", color=mark.look.colour, size=SMALL,
        )  # fmt: skip


def _costs(
    axes: Axes, marks: Sequence[_Mark], most: float, top: float, wide: float, words: Words
) -> None:
    _gradients(axes, most)
    axes.set(ylim=(0.0, ROOM * top), xlabel=words["gradients"])
    y_title(axes, words["l2_median"])
    _dots(axes, marks)
    _names(axes, marks, wide)


def _names(axes: Axes, marks: Sequence[_Mark], wide: float) -> None:
    """Names beside their marks, each at the nearest place where it covers nothing."""
    scale, high = axes.get_xaxis().get_transform(), PANEL[1]
    left, right = (float(edge) for edge in scale.transform(np.array(axes.get_xlim())))
    unit = high / axes.get_ylim()[1]
    places = {
        mark: (wide * (float(scale.transform(np.array([mark.x]))[0]) - left) / (right - left),
               mark.y * unit)
        for mark in marks
    }  # fmt: skip
    taken = [_Box(x - MARK, x + MARK, y - MARK, y + MARK) for x, y in places.values()]
    for mark, (x, y) in sorted(places.items(), key=lambda item: item[1]):
        box = next(_candidates(x, y, text_width(mark.name), taken))
        taken.append(box)
        after = box.left > x
        aside = (72 * ((box.left if after else box.right) - x), 72 * (box.middle - y))
        axes.annotate(
            mark.name, (mark.x, mark.y), xytext=aside, textcoords="offset points",
            ha="left" if after else "right", va="center", color=mark.look.colour, size=SMALL,
            annotation_clip=False, bbox={"fc": "white", "ec": "none", "pad": 0.6}, zorder=2,
        )  # fmt: skip


@dataclass(frozen=True)
class _Box:
    """What a mark or a name covers, in inches."""

    left: float
    right: float
    low: float
    top: float

    @property
    def middle(self) -> float:
        return (self.low + self.top) / 2.0

    def free(self, taken: Sequence[_Box]) -> bool:
        """Whether it is inside the panel or right of it and covers none of the others."""
        inside = self.left > 0.0 and self.right < PANEL[0] and self.low > 0.0
        return inside and not any(
            self.left < other.right
            and other.left < self.right
            and self.low < other.top
            and other.low < self.top
            for other in taken
        )


def _candidates(x: float, y: float, width: float, taken: Sequence[_Box]) -> Iterator[_Box]:
    """Free places for a name of a mark, the nearest first; in the end any."""
    for step in range(60):
        for sign, after in product((1, -1), (True, False)):
            middle = min(y, PANEL[1] - LINE / 2) + sign * step * LINE / 4
            start = x + BESIDE if after else x - BESIDE - width
            box = _Box(start, start + width, middle - LINE / 2, middle + LINE / 2)
            if box.top <= PANEL[1] and box.free(taken):
                yield box
    yield _Box(x + BESIDE, x + BESIDE + width, y - LINE / 2, y + LINE / 2)


def _curves(axes: Axes, marks: Sequence[_Mark], top: float, words: Words) -> None:
    for mark in marks:
        steps = [(x, y) for x, y in mark.row.accuracy if x < top]
        x, y = zip(*steps, (top, steps[-1][1]), strict=True)
        axes.step(
            x, y, where="post", color=mark.look.colour, ls=mark.look.dash, lw=1.8,
            label=mark.name,
        )  # fmt: skip
    axes.set(xlim=(0.0, top), ylim=(-0.02, 1.02), xlabel=words["l2_within"])
    y_title(axes, words["share_left"])
    percent_axis(axes.yaxis, words)
    if len(marks) <= KEYED:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.15), fontsize=SMALL, handlelength=1.8)


def _keys(marks: Sequence[_Mark], words: Words) -> list[Line2D]:
    """What rings mean, where there are any."""
    if all(mark.row.survives for mark in marks):
        return []
    ring: dict[str, Any] = {
        "mec": MUTED,
        "mew": 1.4,
        "ms": 7,
        "ls": "",
        "marker": "o",
        "mfc": "white",
    }
    return [Line2D([], [], label=words["lost_in_png"], **ring)]


def _facts(contest: Contest) -> dict[str, Fact]:
    return {
        row.run: {
            "l2": facts_of(row.l2),
            "gradients": facts_of(row.gradients),
            "optimality": row.optimality,
        }
        for row in contest.rows
    }
