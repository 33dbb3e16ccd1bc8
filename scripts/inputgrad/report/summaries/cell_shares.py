"""Maps and perturbations in the cells of a coarse grid, photograph by photograph, as ranks.

The ranks of the shares are centred and of length 1, so that Spearman's correlation of two maps is
the product of their vectors: a sample has many pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from inputgrad.report.summaries.data import Data, floats

MAPS, PERTURBATIONS = "saliency_cells", "perturbation_cells"

Vectors = NDArray[np.float64]


class Ranks(Mapping[str, Vectors]):
    """image_id -> ranks of the cells, row by row; ids in order.

    Where all grids are alike they are one array, so that many pairs are taken together.
    """

    def __init__(self, found: Mapping[str, Vectors]) -> None:
        self._places = {image_id: place for place, image_id in enumerate(sorted(found))}
        self._rows = [found[image_id] for image_id in self._places]
        alike = len({len(row) for row in self._rows}) == 1
        self._grid = np.stack(self._rows) if alike else None

    def __getitem__(self, image_id: str) -> Vectors:
        return self._rows[self._places[image_id]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._rows)

    def stacked(self, ids: Sequence[str]) -> Vectors | None:
        """Those of some photographs, one a row; None where the grids of all are not alike."""
        if self._grid is None:
            return None
        return self._grid[[self._places[image_id] for image_id in ids]]


def map_ranks(data: Data, model: str, run: str) -> Ranks:
    """Of the maps of a run, without those that are even or miss a share."""
    if MAPS not in data.tables:
        return Ranks({})
    made = ("ranks", MAPS, model, run)
    return data.once(made, lambda: _ranks(data.of_run(MAPS, model, run), "cell_share"))


def perturbation_ranks(data: Data, model: str, run: str) -> Ranks:
    """Of the perturbations of a run toward the compared targets."""
    if PERTURBATIONS not in data.tables:
        return Ranks({})
    rows = data.of_run(PERTURBATIONS, model, run)
    return _ranks(rows[rows["target_policy"] == data.context.target_policy], "energy_share")


def correlated(a: Ranks, b: Ranks, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
    """Spearman's correlation over the cells, of photographs in a and in b; None of unlike grids."""
    first, second = a.stacked([i for i, _ in pairs]), b.stacked([j for _, j in pairs])
    if first is None or second is None:
        both = ((a[i], b[j]) for i, j in pairs)
        return [float(x @ y) if len(x) == len(y) else None for x, y in both]
    if first.shape != second.shape:
        return [None] * len(pairs)
    found: list[float | None] = np.vecdot(first, second).tolist()
    return found


def _ranks(rows: pd.DataFrame, column: str) -> Ranks:
    """By image_id, in its order; photographs of one grid are ranked together."""
    image, ids = pd.factorize(rows["image_id"].astype(str), sort=True)
    order = np.lexsort((floats(rows["cell_column"]), floats(rows["cell_row"]), image))
    shares, counts = floats(rows[column])[order], np.bincount(image, minlength=len(ids))
    starts, ids = np.cumsum(counts) - counts, np.asarray(ids, dtype=object)
    found: dict[str, Vectors] = {}
    for cells in np.unique(counts):
        own = counts == cells
        grids = shares[starts[own][:, None] + np.arange(cells)]
        known = np.isfinite(grids).all(axis=1) & (np.ptp(grids, axis=1) > 0)
        found |= zip(ids[own][known].tolist(), _unit_ranks(grids[known]), strict=True)
    return Ranks(found)


def _unit_ranks(shares: Vectors) -> Vectors:
    """Of each row of (photographs, cells)."""
    centred = stats.rankdata(shares, axis=1) - (shares.shape[1] + 1) / 2
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))
