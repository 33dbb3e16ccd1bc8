"""Grids of square pictures with words around them, laid out in inches.

The tiles are as large as the page allows: limited by the width, by the height (headings, titles
and captions included) and by MAX_TILE. Below MIN_TILE nothing could be seen: a figure must not ask
for more rows than the page holds at that size. No text is cut: it is broken into lines, for which
the layout makes room, and set smaller where even that does not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from inputgrad.report.figures.pictures import HEAT
from inputgrad.report.figures.style import INK, MAX_HEIGHT, MUTED, RULE, SMALL, TEXT, WIDTH
from inputgrad.report.figures.words import SIZES, Fitted, Words, fitted, text_width

MIN_TILE, MAX_TILE = 0.45, 2.1  # inches, like all sizes here
GAP, LINE, PAD, MARGIN = 0.07, SMALL * 1.24 / 72.0, 0.05, 0.04
DESCENT = 0.24 * SMALL / 72.0  # of a line, below its baseline
HEADING = 0.3
BRACKET = 0.06  # between the labels of groups and those of rows
INSET = 0.02  # that a text stays narrower than its tile
LINES = 3  # most lines of a title, a caption, a head or a note
LABEL_LINES = 2  # most lines of a turned label
HEAT_FOOTER = 0.38
BOX_COLOUR = "#F0E442"  # the yellow of Okabe and Ito

Box = tuple[int, int, int, int]
T = TypeVar("T")


@dataclass(frozen=True)
class Tile:
    """A picture (H, W, 3), uint8 or in [0, 1], a title above and a caption below; all optional.

    ``box`` is (top, left, bottom, right) in the picture's pixels, ends exclusive. ``notes`` are
    texts in place of the picture, one under the other.
    """

    picture: NDArray[Any] | None = None
    title: str = ""
    caption: str = ""
    box: Box | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Asked:
    """What a grid shall show; `widths` are those of the columns, in tiles."""

    rows: Sequence[Sequence[Tile]]
    heading: str
    heads: Sequence[tuple[str, int]]
    row_labels: Sequence[str]
    groups: Sequence[tuple[str, int]]
    widths: Sequence[float]
    footer: float


@dataclass(frozen=True)
class _Layout:
    """Sizes in inches; texts are wrapped to the widths of their columns."""

    tile: float
    widths: list[float]  # of the columns
    groups: float  # width of the labels of groups, and of those of rows
    labels: float
    above: float  # height of heading and heads
    titles: list[float]  # height of the titles of each row
    captions: list[float]
    footer: float

    @property
    def left(self) -> float:
        """Width of the turned labels."""
        both = BRACKET if self.groups and self.labels else 0.0
        return self.groups + self.labels + both + (PAD if self.groups or self.labels else 0.0)

    @property
    def width(self) -> float:
        return self.left + sum(self.widths) + GAP * (len(self.widths) - 1)

    @property
    def height(self) -> float:
        return self.top(len(self.titles)) - GAP + self.footer + MARGIN

    def top(self, row: int) -> float:
        """Distance of a row's titles from the figure's upper edge."""
        words = MARGIN + self.above + sum(self.titles[:row]) + sum(self.captions[:row])
        return words + row * (self.tile + GAP)

    def edges(self, row: int, span: int = 1) -> tuple[float, float]:
        """Upper edge of a row's pictures, and the lower edge of those ``span - 1`` rows on."""
        last = row + span - 1
        return self.top(row) + self.titles[row], self.top(last) + self.titles[last] + self.tile

    def x(self, column: int) -> float:
        """Distance of a column from the left edge of the labels."""
        return self.left + sum(self.widths[:column]) + GAP * column

    def across(self, column: int, span: int = 1) -> float:
        """Width of some columns."""
        return sum(self.widths[column : column + span]) + GAP * (span - 1)


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
    asked = _Asked(rows, heading, heads, row_labels, groups, columns, footer)
    layout = _fitted(asked, largest)
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


def _fitted(asked: _Asked, largest: float) -> _Layout:
    """The largest tile that fits; a smaller one may break a text into more lines."""
    layout = _laid_out(asked, largest)
    for _ in range(8):
        across = (WIDTH - 2 * MARGIN - layout.width) / sum(asked.widths)
        down = (MAX_HEIGHT - layout.height) / len(asked.rows)
        if min(across, down) > -1e-9:
            break
        layout = _laid_out(asked, max(MIN_TILE, layout.tile + min(across, down)))
    return layout


def _laid_out(asked: _Asked, tile: float) -> _Layout:
    """The layout of a grid whose tiles have this size."""
    widths = [tile * width for width in asked.widths]
    plain = _Layout(tile, widths, 0.0, 0.0, 0.0, [0.0] * len(asked.rows), [], 0.0)
    heads = _text_height([fit for _, _, fit in _headed(asked.heads, plain)])
    titles, captions = (
        [
            _text_height([_wrapped(text, w) for text, w in zip(texts, widths, strict=False)])
            for texts in kind
        ]
        for kind in (
            [[tile.title for tile in row] for row in asked.rows],
            [[tile.caption for tile in row] for row in asked.rows],
        )
    )
    sizes = tile, widths, 0.0, 0.0, heads + (HEADING if asked.heading else 0.0)
    unlabelled = _Layout(*sizes, titles, captions, asked.footer)
    turned = {"bold": asked.groups, "normal": [(label, 1) for label in asked.row_labels]}
    most = [
        max((len(fit.lines) for _, _, fit in _fits(labels, unlabelled, weight)), default=0)
        for weight, labels in turned.items()
    ]
    groups, labels = (LINE * lines for lines in most)
    return replace(unlabelled, groups=groups, labels=labels)


def _text_height(texts: Sequence[Fitted]) -> float:
    """Height of the longest of some texts."""
    lines = max((len(text.lines) for text in texts), default=0)
    return lines * LINE + PAD if lines else 0.0


def _noted(notes: Sequence[str], width: float, height: float) -> Fitted:
    """Notes as lines of one size that fit a place."""
    for size in SIZES:
        found = [fitted(note, (width - INSET) * SMALL / size, lines=LINES) for note in notes]
        lines = [line for fit in found for line in fit.lines]
        if all(fit.size == SMALL for fit in found) and len(lines) * LINE * size / SMALL <= height:
            return Fitted(lines, size)
    return Fitted(lines, min([size, *(size * fit.size / SMALL for fit in found)]))


def _wrapped(text: str, width: float) -> Fitted:
    return fitted(text, width - INSET, lines=LINES)


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
    title = _wrapped(tile.title, width)
    last = len(title.lines) - 1
    for i, line in enumerate(title.lines):
        _line(page, line, middle, top - PAD - DESCENT - (last - i) * LINE, size=title.size)
    noted = _noted(tile.notes, width, size)
    pitch, rows = LINE * noted.size / SMALL, len(noted.lines)
    for i, line in enumerate(noted.lines):
        baseline = top + size / 2 + (i + 1 - rows / 2) * pitch - DESCENT
        _line(page, line, middle, baseline, size=noted.size)
    caption = _wrapped(tile.caption, width)
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


def _groups(page: Axes, groups: Sequence[tuple[str, int]], left: float, layout: _Layout) -> None:
    """Turned labels at the left edge, each with a line beside the rows that it spans."""
    right, first = left + layout.groups, 0
    _turned(page, groups, right, layout, weight="bold")
    for label, span in groups:
        if label:
            edges = layout.edges(first, span)
            page.plot([right + 0.4 * PAD] * 2, edges, color=RULE, lw=1.5)
        first += span


def _headed(heads: Sequence[tuple[str, int]], layout: _Layout) -> list[tuple[float, float, Fitted]]:
    """Left edge and width of the columns that each head spans, and the head as it fits there."""
    found, first = [], 0
    for label, span in heads:
        width = layout.across(first, span)
        fit = fitted(label, width - INSET, lines=LINES, weight="bold")
        found.append((layout.x(first), width, fit))
        first += span
    return found


def _heads(page: Axes, heads: Sequence[tuple[str, int]], shift: float, layout: _Layout) -> None:
    """Labels centred above the columns that they span."""
    bottom = MARGIN + layout.above - PAD - DESCENT
    for left, width, fit in _headed(heads, layout):
        last = len(fit.lines) - 1
        for i, line in enumerate(fit.lines):
            place = shift + left + width / 2.0, bottom - (last - i) * LINE
            _line(page, line, *place, weight="bold", size=fit.size)


def _fits(
    labels: Sequence[tuple[str, int]], layout: _Layout, weight: str
) -> list[tuple[float, float, Fitted]]:
    """Upper and lower edge of the rows that each label spans, and the label as it fits there."""
    found, first = [], 0
    for label, span in labels:
        top, bottom = layout.edges(first, span)
        fit = fitted(label, bottom - top, lines=LABEL_LINES, weight=weight)
        found.append((top, bottom, fit))
        first += span
    return found


def _turned(
    page: Axes,
    labels: Sequence[tuple[str, int]],
    right: float,
    layout: _Layout,
    weight: str = "normal",
) -> None:
    """Labels that read upwards, ``right`` inches from the left edge, each beside its rows."""
    turn = {"rotation": 90, "rotation_mode": "anchor", "weight": weight}
    for top, bottom, fit in _fits(labels, layout, weight):
        last = len(fit.lines) - 1
        for i, line in enumerate(fit.lines):
            baseline = right - DESCENT - (last - i) * LINE
            _line(page, line, baseline, (top + bottom) / 2.0, size=fit.size, **turn)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=RULE, linewidth=0.6)
