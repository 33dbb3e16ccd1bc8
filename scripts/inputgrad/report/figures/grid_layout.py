"""Where the pictures and words of a grid go, in inches.

The tiles are as large as the page allows: limited by the width, by the height (headings, titles
and captions included) and by MAX_TILE. Below MIN_TILE nothing could be seen: a figure must not ask
for more rows than the page holds at that size. No text is cut: it is broken into lines, for which
the layout makes room, and set smaller where even that does not do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from inputgrad.report.figures.style import MAX_HEIGHT, SMALL, WIDTH
from inputgrad.report.figures.words import SIZES, Fitted, fitted

MIN_TILE, MAX_TILE = 0.45, 2.1  # inches, like all sizes here
GAP, LINE, PAD, MARGIN = 0.07, SMALL * 1.24 / 72.0, 0.05, 0.04
DESCENT = 0.24 * SMALL / 72.0  # of a line, below its baseline
HEADING = 0.3
BRACKET = 0.06  # between the labels of groups and those of rows
INSET = 0.02  # that a text stays narrower than its tile
LINES = 3  # most lines of a title, a caption, a head or a note
LABEL_LINES = 2  # most lines of a turned label

Box = tuple[int, int, int, int]


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
class Asked:
    """What a grid shall show; `widths` are those of the columns, in tiles."""

    rows: Sequence[Sequence[Tile]]
    heading: str
    heads: Sequence[tuple[str, int]]
    row_labels: Sequence[str]
    groups: Sequence[tuple[str, int]]
    widths: Sequence[float]
    footer: float


@dataclass(frozen=True)
class Layout:
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
        """Of labels and columns."""
        return self.left + sum(self.widths) + GAP * (len(self.widths) - 1)

    @property
    def height(self) -> float:
        """Of the whole figure."""
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


def laid_out(asked: Asked, largest: float) -> Layout:
    """The largest tile that fits; a smaller one may break a text into more lines."""
    layout = _of_size(asked, largest)
    for _ in range(8):
        across = (WIDTH - 2 * MARGIN - layout.width) / sum(asked.widths)
        down = (MAX_HEIGHT - layout.height) / len(asked.rows)
        if min(across, down) > -1e-9:
            break
        layout = _of_size(asked, max(MIN_TILE, layout.tile + min(across, down)))
    return layout


def _of_size(asked: Asked, tile: float) -> Layout:
    """The layout of a grid whose tiles have this size."""
    widths = [tile * width for width in asked.widths]
    plain = Layout(tile, widths, 0.0, 0.0, 0.0, [0.0] * len(asked.rows), [], 0.0)
    heads = _text_height([fit for _, _, fit in headed(asked.heads, plain)])
    titles, captions = (
        [
            _text_height([wrapped(text, w) for text, w in zip(texts, widths, strict=False)])
            for texts in kind
        ]
        for kind in (
            [[tile.title for tile in row] for row in asked.rows],
            [[tile.caption for tile in row] for row in asked.rows],
        )
    )
    sizes = tile, widths, 0.0, 0.0, heads + (HEADING if asked.heading else 0.0)
    unlabelled = Layout(*sizes, titles, captions, asked.footer)
    turned = {"bold": asked.groups, "normal": [(label, 1) for label in asked.row_labels]}
    most = [
        max((len(fit.lines) for _, _, fit in beside(labels, unlabelled, weight)), default=0)
        for weight, labels in turned.items()
    ]
    groups, labels = (LINE * lines for lines in most)
    return replace(unlabelled, groups=groups, labels=labels)


def _text_height(texts: Sequence[Fitted]) -> float:
    """Height of the longest of some texts."""
    lines = max((len(text.lines) for text in texts), default=0)
    return lines * LINE + PAD if lines else 0.0


def noted(notes: Sequence[str], width: float, height: float) -> Fitted:
    """Notes as lines of one size that fit a place."""
    for size in SIZES:
        found = [fitted(note, (width - INSET) * SMALL / size, lines=LINES) for note in notes]
        lines = [line for fit in found for line in fit.lines]
        if all(fit.size == SMALL for fit in found) and len(lines) * LINE * size / SMALL <= height:
            return Fitted(lines, size)
    return Fitted(lines, min([size, *(size * fit.size / SMALL for fit in found)]))


def wrapped(text: str, width: float) -> Fitted:
    """A title or caption as it fits the width of its column."""
    return fitted(text, width - INSET, lines=LINES)


def headed(heads: Sequence[tuple[str, int]], layout: Layout) -> list[tuple[float, float, Fitted]]:
    """Left edge and width of the columns that each head spans, and the head as it fits there."""
    found, first = [], 0
    for label, span in heads:
        width = layout.across(first, span)
        fit = fitted(label, width - INSET, lines=LINES, weight="bold")
        found.append((layout.x(first), width, fit))
        first += span
    return found


def beside(
    labels: Sequence[tuple[str, int]], layout: Layout, weight: str
) -> list[tuple[float, float, Fitted]]:
    """Upper and lower edge of the rows that each label spans, and the label as it fits there."""
    found, first = [], 0
    for label, span in labels:
        top, bottom = layout.edges(first, span)
        fit = fitted(label, bottom - top, lines=LABEL_LINES, weight=weight)
        found.append((top, bottom, fit))
        first += span
    return found
