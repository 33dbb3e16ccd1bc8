"""Q7: what the attacks cost and how far they go, in the leading network.

Above, the median L2 norm of the perturbation against the gradients that it took, one mark an attack
with its name beside it; failures count as infinitely far, so an attack that failed on half of the
photographs or more lies on the upper edge. A ring: fewer than half of its successes are left in the
8-bit PNG. Below, the share of the photographs that an attack has not fooled within a distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.chart_parts import legend_above, percent_axis, y_title
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import LOOKS, MUTED, SMALL, WIDTH, Look
from inputgrad.report.figures.words import Words, text_width
from inputgrad.report.summaries.attack_contest import Contender, Contest, leading
from inputgrad.report.summaries.summary import Summary

HEIGHT = 5.6
PANEL = (5.3, 2.0)  # inches of the upper panel, about
MARK = 0.08  # inches that a mark reaches to each side
LINE = 1.25 * SMALL / 72.0  # inches between the baselines of two names
BESIDE = 0.12  # inches between a mark and its name
ROOM = 1.15  # of the largest number, up to the edge of an axis
CROWD = 7  # attacks from which on a colour comes again, with another dash


@dataclass(frozen=True)
class _Mark:
    """An attack where it is drawn: gradients, and the L2 norm or the upper edge."""

    row: Contender
    look: Look
    x: float
    y: float


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Two panels of the first network where several attacks aim at the compared targets."""
    contest = leading(summary.contests)
    if contest is None:
        return None
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    above, below = figure.subplots(2, height_ratios=(3, 2))
    top = ROOM * max([contest.furthest or 1e-3, *(_medians(contest.rows))])
    marks = [_mark(row, place, top) for place, row in enumerate(contest.rows)]
    _costs(above, marks, top, words)
    _curves(below, marks, top, words)
    legend_above(figure, _keys(marks, words.network(contest.model), words))
    return Drawing(figure, contest.n, _facts(contest))


def _mark(row: Contender, place: int, top: float) -> _Mark:
    look, dashes = LOOKS[place % len(LOOKS)], [one.dash for one in LOOKS]
    if place >= CROWD:
        look = Look(look.colour, look.marker, dashes[(place + 1) % len(dashes)])
    y = top if row.l2.estimate is None else row.l2.estimate
    return _Mark(row, look, row.gradients.estimate or 0.0, y)


def _medians(rows: Sequence[Contender]) -> list[float]:
    """Median distances of the attacks that reach half of the photographs."""
    return [row.l2.estimate for row in rows if row.l2.estimate is not None]


def _costs(axes: Axes, marks: Sequence[_Mark], top: float, words: Words) -> None:
    most = max([1.0, *(mark.x for mark in marks)])
    axes.set_xscale("symlog", linthresh=1.0, linscale=0.4)  # a trained attack takes none
    axes.set(xlim=(-0.3, 3.0 * most), ylim=(0.0, ROOM * top), xlabel=words["gradients"])
    ticks = [0, *(10**k for k in range(len(str(round(most))) + 1) if 10**k < 3 * most)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    y_title(axes, words["l2_median"])
    for mark in marks:
        face = mark.look.colour if mark.row.survives else "white"
        axes.plot(
            mark.x, mark.y, mark.look.marker, ms=9, mfc=face, mec=mark.look.colour, mew=1.6,
            clip_on=False, zorder=3,
        )  # fmt: skip
    if any(mark.row.l2.estimate is None for mark in marks):
        axes.axhline(top, color=MUTED, lw=1.0, ls=(0, (4, 3)), zorder=1)
    _names(axes, marks, words)


def _names(axes: Axes, marks: Sequence[_Mark], words: Words) -> None:
    """Names beside their marks, each at the nearest place where it covers nothing."""
    scale, (wide, high) = axes.get_xaxis().get_transform(), PANEL
    left, right = (float(edge) for edge in scale.transform(np.array(axes.get_xlim())))
    unit = high / axes.get_ylim()[1]
    places = {
        mark: (wide * (float(scale.transform(np.array([mark.x]))[0]) - left) / (right - left),
               mark.y * unit)
        for mark in marks
    }  # fmt: skip
    taken = [_Box(x - MARK, x + MARK, y - MARK, y + MARK) for x, y in places.values()]
    for mark, (x, y) in sorted(places.items(), key=lambda item: item[1]):
        name = words.run(mark.row.run)
        box = next(_candidates(x, y, text_width(name), taken))
        taken.append(box)
        after = box.left > x
        aside = (72 * ((box.left if after else box.right) - x), 72 * (box.middle - y))
        axes.annotate(
            name, (mark.x, mark.y), xytext=aside, textcoords="offset points",
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
        """Whether it is inside the panel and covers none of the others."""
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
            label=words.run(mark.row.run),
        )  # fmt: skip
    axes.set(xlim=(0.0, top), ylim=(-0.02, 1.02), xlabel=words["l2_within"])
    y_title(axes, words["share_left"])
    percent_axis(axes.yaxis, words)
    if len(marks) <= CROWD:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), fontsize=SMALL, handlelength=1.8)


def _keys(marks: Sequence[_Mark], network: str, words: Words) -> list[Line2D]:
    """The network, and what rings and the upper edge mean, where there are any."""
    keys = [Line2D([], [], ls="", label=network)]
    ring: dict[str, Any] = {"mec": MUTED, "mew": 1.4, "ms": 7, "ls": "", "marker": "o"}
    if any(not mark.row.survives for mark in marks):
        keys.append(Line2D([], [], mfc="white", label=words["lost_in_png"], **ring))
    if any(mark.row.l2.estimate is None for mark in marks):
        dash: dict[str, Any] = {"color": MUTED, "lw": 1.0, "ls": (0, (4, 3))}
        keys.append(Line2D([], [], label=words["half_failed"], **dash))
    return keys


def _facts(contest: Contest) -> dict[str, Fact]:
    return {
        row.run: {
            "l2": facts_of(row.l2),
            "gradients": facts_of(row.gradients),
            "optimality": row.optimality,
        }
        for row in contest.rows
    }
