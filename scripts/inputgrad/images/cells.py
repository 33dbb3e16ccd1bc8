"""An image cut into a grid of cells: where they begin, and what a map holds in each.

Cell i of n along a side of S pixels reaches from floor(i S / n) to floor((i + 1) S / n), so cells
differ by one pixel at most and by none where n divides S (8 and 16 divide 224).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inputgrad.images.maps import Map


class Box(NamedTuple):
    """Pixels from `top` and `left` on, up to and without `bottom` and `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def area(self) -> int:
        """Pixels."""
        return (self.bottom - self.top) * (self.right - self.left)


def edges(side: int, cells: int) -> list[int]:
    """The `cells + 1` borders along a side; ValueError where a cell would have no pixel."""
    if not 1 <= cells <= side:
        raise ValueError(f"expected 1 to {side} cells along {side} pixels, got {cells}")
    return [i * side // cells for i in range(cells + 1)]


def grid(height: int, width: int, cells: int) -> Iterator[Box]:
    """The `cells * cells` boxes of an image, row by row."""
    rows, columns = edges(height, cells), edges(width, cells)
    for top, bottom in itertools.pairwise(rows):
        for left, right in itertools.pairwise(columns):
            yield Box(top, left, bottom, right)


def cell_shares(values: Map, cells: int) -> Iterator[tuple[int, int, float | None]]:
    """(row, column, share of the sum) of each cell of non-negative values; None where that is 0."""
    sums = cell_sums(values, cells)
    total = float(sums.sum())
    for (row, column), value in np.ndenumerate(sums):
        yield row, column, float(value) / total if total > 0 else None


def cell_sums(saliency: Map, cells: int) -> NDArray[np.float64]:
    """Sums (cells, cells) of a map (H, W), with its sign."""
    height, width = saliency.shape
    down = np.add.reduceat(saliency.astype(np.float64), edges(height, cells)[:-1], axis=0)
    return np.add.reduceat(down, edges(width, cells)[:-1], axis=1)
