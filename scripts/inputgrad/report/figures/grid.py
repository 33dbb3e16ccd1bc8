"""Grids of square pictures with words around them; `grid_layout` says where everything goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from inputgrad.report.figures.grid_layout import (
    DESCENT,
    HEADING,
    LINE,
    MARGIN,
    MAX_TILE,
    PAD,
    Asked,
    Box,
    Layout,
    Tile,
    beside,
    headed,
    laid_out,
    noted,
    wrapped,
)
from inputgrad.report.figures.pictures import HEAT
from inputgrad.report.figures.style import INK, MUTED, RULE, SMALL, TEXT
from inputgrad.report.figures.words import Words, text_width

HEAT_FOOTER = 0.38
BOX_COLOUR = "#F0E442"  # the yellow of Okabe and Ito

T = TypeVar("T")


def image_grid(
    rows: Sequence[Sequence[Tile]],
    *,
    heading: str = "",
    heads: Sequence[tuple[str, int]] = (),
    row_labels: Sequence[str] = (),
    groups: Sequence[tuple[str, int]] = (),
    footer: float = 0.0,
    largest: float = MAX_TILE,
    widths: Sequence[float] = (),
) -> Figure:
    """A figure of tiles; ``footer`` inches below them stay free for ``axes_in``.

    No tile is larger than ``largest`` inches. ``widths`` are those of the columns, in tiles, where
    some have notes: pictures are square.

    Row labels are to the left, turned, one a row; left of them the groups: a label and the number
    of rows that it spans. ``heads`` are the same for columns, above the first row's titles.
    """
    columns = widths or [1.0] * max(len(row) for row in rows)
    asked = Asked(rows, heading, heads, row_labels, groups, columns, footer)
    layout = laid_out(asked, largest)
    width = max(layout.width + 2 * MARGIN, 4.0 if footer else 0.0)
    figure = Figure(figsize=(width, layout.height))
    page = _page(figure)
    shift = (width - layout.width) / 2.0
    if heading:
        x = shift + (layout.left + layout.width) / 2.0
        _line(page, heading, x, MARGIN + 0.6 * HEADING, size=TEXT, weight="bold")
    _heads(page, heads, shift, layout)
    for r, row in enumerate(rows):
        for c, tile in enumerate(row):
            box = shift + layout.x(c), layout.edges(r)[0], layout.widths[c]
            _draw(page, tile, *box, layout.tile)
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


def _page(figure: Figure) -> Axes:
    """Axes over a whole figure in inches from its upper left corner, downwards."""
    width, height = figure.get_size_inches()
    page = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    page.set(xlim=(0.0, width), ylim=(height, 0.0))
    page.set_axis_off()
    return page


def _draw(page: Axes, tile: Tile, left: float, top: float, width: float, size: float) -> None:
    middle = left + width / 2
    if tile.picture is not None:
        extent = (left, left + size, top + size, top)
        page.imshow(tile.picture, extent=extent, aspect="auto")
        _frame(page, left, top, size, size, ec=RULE, lw=0.6)
        if tile.box is not None:
            _draw_box(page, tile.box, left, top, size / len(tile.picture))
    title = wrapped(tile.title, width)
    last = len(title.lines) - 1
    for i, line in enumerate(title.lines):
        _line(page, line, middle, top - PAD - DESCENT - (last - i) * LINE, size=title.size)
    words = noted(tile.notes, width, size)
    pitch, rows = LINE * words.size / SMALL, len(words.lines)
    for i, line in enumerate(words.lines):
        baseline = top + size / 2 + (i + 1 - rows / 2) * pitch - DESCENT
        _line(page, line, middle, baseline, size=words.size)
    caption = wrapped(tile.caption, width)
    for i, line in enumerate(caption.lines):
        _line(page, line, middle, top + size + (i + 1) * LINE, size=caption.size)


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


def _groups(page: Axes, groups: Sequence[tuple[str, int]], left: float, layout: Layout) -> None:
    """Turned labels at the left edge, each with a line beside the rows that it spans."""
    right, first = left + layout.groups, 0
    _turned(page, groups, right, layout, weight="bold")
    for label, span in groups:
        if label:
            edges = layout.edges(first, span)
            page.plot([right + 0.4 * PAD] * 2, edges, color=RULE, lw=1.5)
        first += span


def _heads(page: Axes, heads: Sequence[tuple[str, int]], shift: float, layout: Layout) -> None:
    """Labels centred above the columns that they span."""
    bottom = MARGIN + layout.above - PAD - DESCENT
    for left, width, fit in headed(heads, layout):
        last = len(fit.lines) - 1
        for i, line in enumerate(fit.lines):
            place = shift + left + width / 2.0, bottom - (last - i) * LINE
            _line(page, line, *place, weight="bold", size=fit.size)


def _turned(
    page: Axes,
    labels: Sequence[tuple[str, int]],
    right: float,
    layout: Layout,
    weight: str = "normal",
) -> None:
    """Labels that read upwards, ``right`` inches from the left edge, each beside its rows."""
    turn = {"rotation": 90, "rotation_mode": "anchor", "weight": weight}
    for top, bottom, fit in beside(labels, layout, weight):
        last = len(fit.lines) - 1
        for i, line in enumerate(fit.lines):
            baseline = right - DESCENT - (last - i) * LINE
            _line(page, line, baseline, (top + bottom) / 2.0, size=fit.size, **turn)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=RULE, linewidth=0.6)
