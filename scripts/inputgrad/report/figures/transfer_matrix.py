"""Q6: which network is fooled by images that were made for which, beside two controls.

One panel a share, a row for each network that was attacked and a column for each that looks; the
diagonal, framed, is a network before its own images.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact, facts_of
from inputgrad.report.figures.style import FILL, INK, LOOKS, MAX_HEIGHT, SMALL, WIDTH
from inputgrad.report.figures.words import Words, fitted, text_width
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.transfer import Passed, Transfer
from inputgrad.statistics.estimates import Estimate

PANELS = {  # share -> key of its title
    "reached": "transfer_reached",
    "changed": "transfer_changed",
    "noise_changed": "transfer_noise",
    "resized_changed": "transfer_resized",
}
COLUMNS = 2
SIDE_BY_SIDE = 3  # panels of two networks that look fit into one line
TALL, LOW = 0.62, 0.34  # inches: a row with the interval under the share, and one without
FEW = 3  # networks, up to which the interval has room
ACROSS = 0.68  # of the figure's width, that the panels share
TITLE, FOOT = 0.6, 1.35  # inches: above a panel, and under the lowest ones
TINY = 7.5  # points
WIDE = 5  # networks, up to which a share of this size has room
DARK = 0.55  # share above which the ground is too dark for ink
GROUND = LinearSegmentedColormap.from_list("share", [FILL, LOOKS[0].colour])


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """The main attack toward its compared targets; None without two networks."""
    found = summary.transfers[0] if summary.transfers else None
    if found is None or not found.between:
        return None
    panels = [name for name in PANELS if _tells(found, name)]
    narrow = len(found.judges) <= 2 and len(panels) <= SIDE_BY_SIDE
    columns = len(panels) if narrow else COLUMNS
    lines = -(-len(panels) // columns)
    side = _side(found, lines)
    height = lines * (len(found.models) * side + TITLE) + FOOT
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(panels):
            axes.set_visible(False)
            continue
        _panel(axes, found, panels[place], words, columns=columns)
        leftmost, lowest = place % columns == 0, place + columns >= len(panels)
        axes.set_yticklabels([words.network(m) for m in found.models] if leftmost else [])
        judges = [words.network(m) for m in found.judges] if lowest else []
        _judges(axes, judges, columns=columns)
    grid[-1, 0].set_xlabel(words["judged_by"])
    grid[0, 0].set_ylabel(words["made_for"])
    facts: dict[str, Fact] = {
        name: {f"{r.source}_{r.judge}": facts_of(getattr(r, name)) for r in found.rows}
        for name in panels
    }
    return Drawing(figure, max(row.n for row in found.rows), facts)


def _tells(found: Transfer, name: str) -> bool:
    """Whether a share was measured; that by another size also has to be above 0 somewhere."""
    shares = [getattr(row, name) for row in found.rows]
    if name == "resized_changed":
        return any(share.estimate for share in shares)
    return any(share.n for share in shares)


def _side(found: Transfer, lines: int) -> float:
    """Height of a row in inches."""
    wanted = TALL if len(found.models) <= FEW else LOW
    room = (MAX_HEIGHT - FOOT) / lines - TITLE
    return min(wanted, room / len(found.models))


def _panel(axes: Axes, found: Transfer, name: str, words: Words, *, columns: int) -> None:
    axes.set(xlim=(0, len(found.judges)), ylim=(len(found.models), 0))
    title = fitted(words[PANELS[name]], ACROSS * WIDTH / columns, lines=2)
    axes.set_title(title.text, loc="left", size=title.size)
    axes.set_xticks([place + 0.5 for place in range(len(found.judges))])
    axes.set_yticks([place + 0.5 for place in range(len(found.models))])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for row in found.rows:
        x, y = found.judges.index(row.judge), found.models.index(row.source)
        _cell(axes, x, y, row, getattr(row, name), words, columns=len(found.judges))


def _cell(
    axes: Axes, x: int, y: int, row: Passed, share: Estimate, words: Words, *, columns: int
) -> None:
    value, few = share.estimate, columns <= FEW
    ground = "white" if value is None else GROUND(value)
    inset = 0.03
    axes.add_patch(
        Rectangle(
            (x + inset, y + inset), 1 - 2 * inset, 1 - 2 * inset, facecolor=ground,
            edgecolor=INK if row.own else "none", linewidth=1.2,
        )
    )  # fmt: skip
    ink = "white" if value is not None and value > DARK else INK
    place: dict[str, Any] = {"ha": "center", "va": "center", "color": ink}
    axes.text(
        x + 0.5, y + (0.36 if few else 0.5), words.percent(value),
        size=SMALL if few else TINY * min(1.0, WIDE / columns), **place,
    )  # fmt: skip
    if few and share.low is not None and share.high is not None:
        ends = f"{words.percent(share.low)}–{words.percent(share.high)}"
        axes.text(x + 0.5, y + 0.7, ends, size=TINY, **place)


def _judges(axes: Axes, names: list[str], *, columns: int) -> None:
    """Names under the columns: broken where they would touch, slanted where they still would."""
    between = 0.78 * WIDTH / columns / max(1, len(names))  # inches from name to name, about
    size = TINY if columns > COLUMNS else SMALL
    broken = [name.replace("-", "-\n").replace(" ", "\n") for name in names]
    flat = next((found for found in (names, broken) if _apart(found, size, between)), None)
    axes.set_xticklabels(
        flat or names, rotation=0 if flat else 35, ha="center" if flat else "right",
        rotation_mode="default" if flat else "anchor", size=size,
    )  # fmt: skip


def _apart(names: list[str], size: float, between: float) -> bool:
    """Whether names of one or more lines, so many inches apart, leave room to each other."""
    widths = [max(text_width(line, size) for line in name.split("\n")) for name in names]
    return all((one + other) / 2 < between for one, other in pairwise(widths))
