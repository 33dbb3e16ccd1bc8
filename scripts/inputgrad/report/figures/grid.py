"""Grids of square pictures with words around them, laid out in inches.

The tiles are as large as the page allows: limited by the width, by the height (headings, titles
and captions included) and by MAX_TILE. Below MIN_TILE nothing could be seen: a figure must not ask
for more rows than the page holds at that size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from inputgrad.report.figures.pictures import HEAT
from inputgrad.report.figures.style import INK, MAX_HEIGHT, MUTED, RULE, SMALL, TEXT, WIDTH
from inputgrad.report.figures.words import Words, text_width, wrapped

MIN_TILE, MAX_TILE = 0.45, 2.1  # inches, like all sizes here
GAP, LINE, PAD, MARGIN = 0.07, SMALL * 1.24 / 72.0, 0.05, 0.04
DESCENT = 0.24 * SMALL / 72.0  # of a line, below its baseline
HEADING = 0.3
BRACKET = 0.06  # between the labels of groups and those of rows
INSET = 0.02  # that a text stays narrower than its tile
LINES = 3  # most lines of a title or caption
HEAT_FOOTER = 0.38
BOX_COLOUR = "#F0E442"  # the yellow of Okabe and Ito

Box = tuple[int, int, int, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Tile:
    """A picture (H, W, 3), uint8 or in [0, 1], a title above and a caption below; all optional.

    ``box`` is (top, left, bottom, right) in the picture's pixels, ends exclusive. ``notes`` are
    lines in place of the picture, of which the first may be broken.
    """

    picture: NDArray[Any] | None = None
    title: str = ""
    caption: str = ""
    box: Box | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Layout:
    """Sizes in inches; texts are wrapped to the tile's width."""

    tile: float
    left: float
    heading: float
    titles: list[float]  # height of the titles of each row
    captions: list[float]
    footer: float

    @property
    def height(self) -> float:
        return self.top(len(self.titles)) - GAP + self.footer + MARGIN

    def top(self, row: int) -> float:
        """Distance of a row's titles from the figure's upper edge."""
        words = MARGIN + self.heading + sum(self.titles[:row]) + sum(self.captions[:row])
        return words + row * (self.tile + GAP)


def image_grid(
    rows: Sequence[Sequence[Tile]],
    *,
    heading: str = "",
    heads: Sequence[tuple[str, int]] = (),
    row_labels: Sequence[str] = (),
    groups: Sequence[tuple[str, int]] = (),
    footer: float = 0.0,
    largest: float = MAX_TILE,
) -> Figure:
    """A figure of tiles; ``footer`` inches below them stay free for ``axes_in``.

    No tile is larger than ``largest`` inches.

    Row labels are to the left, turned, one a row; left of them the groups: a label and the number
    of rows that it spans. ``heads`` are the same for columns, above the first row's titles.
    """
    above = (HEADING if heading else 0.0) + (LINE + PAD if heads else 0.0)
    turned = [LINE for labels in (row_labels, groups) if labels]
    left = sum(turned) + (PAD if turned else 0.0) + (BRACKET if len(turned) > 1 else 0.0)
    layout = _fitted(rows, above, left, footer, largest)
    content = layout.left + max(len(row) for row in rows) * (layout.tile + GAP) - GAP
    width = max(content + 2 * MARGIN, 4.0 if footer else 0.0)
    figure = Figure(figsize=(width, layout.height))
    page = _page(figure)
    shift = (width - content) / 2.0
    if heading:
        x = shift + (layout.left + content) / 2.0
        _line(page, heading, x, MARGIN + 0.6 * HEADING, size=TEXT, weight="bold")
    _heads(page, heads, shift + layout.left, layout)
    for r, row in enumerate(rows):
        for c, tile in enumerate(row):
            left = shift + layout.left + c * (layout.tile + GAP)
            _draw(page, tile, left, layout.top(r) + layout.titles[r], layout.tile)
    _turned(page, [(label, 1) for label in row_labels], shift + layout.left - PAD, layout)
    _groups(page, groups, shift, layout)
    return figure


def bands(items: Sequence[T], columns: int) -> list[list[T]]:
    """A list broken into rows of at most ``columns``."""
    return [list(items[i : i + columns]) for i in range(0, len(items), columns)]


def evenly(count: int, most: int) -> list[int]:
    """At most ``most`` of the positions 0 … count - 1, the first and the last among them."""
    return sorted({round(p) for p in np.linspace(0, count - 1, min(count, most))})


def axes_in(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches from the figure's lower left corner."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, bottom / h, width / w, height / h))


def heat_legend(figure: Figure, words: Words) -> None:
    """What the heat colours mean, in the footer of a grid made with HEAT_FOOTER."""
    low, high, bar = words["influence_low"], words["influence_high"], 1.2
    total = text_width(low) + text_width(high) + bar + 4 * PAD
    left = (figure.get_size_inches()[0] - total) / 2.0 + text_width(low) + 2 * PAD
    axes = axes_in(figure, left, 0.1, bar, 0.12)
    axes.imshow(colormaps[HEAT](np.linspace(0, 1, 256))[None, :, :3], aspect="auto")
    _bare(axes)
    x = 2 * PAD / bar
    place: dict[str, Any] = {
        "transform": axes.transAxes,
        "va": "center_baseline",
        "size": SMALL,
        "color": MUTED,
    }
    axes.text(-x, 0.5, low, ha="right", **place)
    axes.text(1 + x, 0.5, high, ha="left", **place)


def _fitted(
    rows: Sequence[Sequence[Tile]], above: float, left: float, footer: float, largest: float
) -> _Layout:
    columns = max(len(row) for row in rows)
    tile = min(largest, (WIDTH - 2 * MARGIN - left + GAP) / columns - GAP)
    for _ in range(4):  # a smaller tile may break a text into more lines
        titles = [_text_height([_wrapped(t.title, tile) for t in row]) for row in rows]
        captions = [_text_height([_wrapped(t.caption, tile) for t in row]) for row in rows]
        layout = _Layout(tile, left, above, titles, captions, footer)
        tile = max(MIN_TILE, tile - max(0.0, (layout.height - MAX_HEIGHT) / len(rows)))
    return layout


def _text_height(texts: Sequence[Sequence[str]]) -> float:
    """Height of the longest of some texts, given as lines."""
    lines = max(map(len, texts), default=0)
    return lines * LINE + PAD if lines else 0.0


def _noted(notes: Sequence[str], size: float) -> list[str]:
    """Notes as lines that fit a tile."""
    return [
        line
        for place, note in enumerate(notes)
        for line in wrapped(note, size - INSET, lines=1 if place else 2)
    ]


def _wrapped(text: str, tile: float) -> list[str]:
    return wrapped(text, tile - INSET, lines=LINES) if text else []


def _page(figure: Figure) -> Axes:
    """Axes over a whole figure in inches from its upper left corner, downwards."""
    width, height = figure.get_size_inches()
    page = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    page.set(xlim=(0.0, width), ylim=(height, 0.0))
    page.set_axis_off()
    return page


def _draw(page: Axes, tile: Tile, left: float, top: float, size: float) -> None:
    if tile.picture is not None:
        extent = (left, left + size, top + size, top)
        page.imshow(tile.picture, extent=extent, aspect="auto")
        _frame(page, left, top, size, size, ec=RULE, lw=0.6)
        if tile.box is not None:
            _draw_box(page, tile.box, left, top, size / len(tile.picture))
    titles = _wrapped(tile.title, size)
    for i, line in enumerate(titles):
        _line(page, line, left + size / 2, top - PAD - DESCENT - (len(titles) - 1 - i) * LINE)
    noted = _noted(tile.notes, size)
    for i, line in enumerate(noted):
        _line(page, line, left + size / 2, top + size / 2 + (i + 1 - len(noted) / 2) * LINE)
    for i, line in enumerate(_wrapped(tile.caption, size)):
        _line(page, line, left + size / 2, top + size + (i + 1) * LINE)


def _draw_box(page: Axes, box: Box, left: float, top: float, scale: float) -> None:
    edges = (left + scale * box[1], top + scale * box[0])
    size = (scale * (box[3] - box[1]), scale * (box[2] - box[0]))
    _frame(page, *edges, *size, ec=INK, lw=3.4)
    _frame(page, *edges, *size, ec=BOX_COLOUR, lw=1.8)


def _frame(page: Axes, x: float, y: float, width: float, height: float, **style: Any) -> None:
    page.add_patch(Rectangle((x, y), width, height, fill=False, **style))


def _line(page: Axes, text: str, x: float, baseline: float, **style: Any) -> None:
    """One centred line of text."""
    page.text(x, baseline, text, **{"ha": "center", "size": SMALL, **style})


def _groups(page: Axes, groups: Sequence[tuple[str, int]], left: float, layout: _Layout) -> None:
    """Turned labels at the left edge, each with a line beside the rows that it spans."""
    _turned(page, groups, left + LINE, layout, weight="bold")
    first = 0
    for label, span in groups:
        edges = layout.top(first) + layout.titles[first], _bottom(layout, first + span - 1)
        if label:
            page.plot([left + LINE + 0.4 * PAD] * 2, edges, color=RULE, lw=1.5)
        first += span


def _bottom(layout: _Layout, row: int) -> float:
    """Lower edge of a row's pictures."""
    return layout.top(row) + layout.titles[row] + layout.tile


def _heads(page: Axes, heads: Sequence[tuple[str, int]], left: float, layout: _Layout) -> None:
    """Labels centred above the columns that they span."""
    baseline, pitch, first = MARGIN + layout.heading - PAD - DESCENT, layout.tile + GAP, 0
    for label, span in heads:
        width = span * pitch - GAP
        for line in wrapped(label, width, lines=1):
            _line(page, line, left + first * pitch + width / 2.0, baseline, weight="bold")
        first += span


def _turned(
    page: Axes, labels: Sequence[tuple[str, int]], right: float, layout: _Layout, **style: Any
) -> None:
    """Labels that read upwards, ``right`` inches from the left edge, each beside its rows."""
    first = 0
    for label, span in labels:
        top = layout.top(first) + layout.titles[first]
        bottom = _bottom(layout, first + span - 1)
        for line in wrapped(label, bottom - top, lines=1):
            turn = {"rotation": 90, "rotation_mode": "anchor"} | style
            _line(page, line, right - DESCENT, (top + bottom) / 2.0, **turn)
        first += span


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=RULE, linewidth=0.6)
