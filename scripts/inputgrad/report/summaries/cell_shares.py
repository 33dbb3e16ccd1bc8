"""Maps and perturbations in the cells of a coarse grid, photograph by photograph, as ranks.

The ranks of the shares are centred and of length 1, so that Spearman's correlation of two maps is
the product of their vectors: a sample has many pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from inputgrad.report.summaries.data import Data, floats

MAPS, PERTURBATIONS = "saliency_cells", "perturbation_cells"
SPOT = "centre"
NOTHING_LEFT = 1e-6  # of a vector of length 1
PARTNERS = 19  # other photographs that one is laid beside: all of a sample of 20

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


def spot_ranks(data: Data, model: str) -> Ranks:
    """Of the spot in the middle, a control that knows nothing of network and photograph."""
    settings = data.context.settings["saliency"]
    runs = [run for run in data.context.runs["saliency"] if settings[run]["method"] == SPOT]
    return next((found for run in runs if (found := map_ranks(data, model, run))), Ranks({}))


def beside_others(a: Ranks, b: Ranks, ids: Sequence[str]) -> dict[str, float]:
    """Of each photograph in a the mean correlation with the `PARTNERS` next others in b.

    Empty where the grids differ, and for a photograph alone.
    """
    steps = range(1, min(PARTNERS, len(ids) - 1) + 1)
    own, others = a.stacked(ids), b.stacked(ids)
    if not steps or own is None or others is None or own.shape != others.shape:
        return {}
    again = np.concatenate([np.zeros_like(others[:1]), others, others[: len(steps)]])
    sums = np.cumsum(again, axis=0)  # a window of partners is a difference of two
    first, last = (np.arange(len(ids)) + 1 + k for k in (0, len(steps)))
    near = np.vecdot(own, sums[last] - sums[first]) / len(steps)
    return dict(zip(ids, near.tolist(), strict=True))


def beside_spot(a: Ranks, spot: Ranks) -> list[float]:
    """Of every photograph in a the correlation with the spot, where both have its grid."""
    found = correlated(a, spot, [(i, i) for i in a if i in spot])
    return [rho for rho in found if rho is not None]


def beyond_spot(a: Ranks, spot: Ranks) -> Ranks:
    """What is left of each photograph's ranks once those of the spot are taken out, of length 1.

    Correlations of these are Spearman's partial ones, given the spot. Photographs whose ranks are
    the spot's own, or that have no spot of their grid, are left out.
    """
    found: dict[str, Vectors] = {}
    for image_id in a:
        if image_id in spot and len(spot[image_id]) == len(a[image_id]):
            rest = a[image_id] - (a[image_id] @ spot[image_id]) * spot[image_id]
            length = float(np.linalg.norm(rest))
            if length > NOTHING_LEFT:
                found[image_id] = rest / length
    return Ranks(found)


def within_groups(ranks: Ranks, groups: Sequence[Sequence[str]]) -> list[float]:
    """Mean correlation of all pairs of each group, which has two photographs or more.

    Of n unit vectors it is (|Σv|² − n) / (n (n − 1)). Pairs of unlike grids do not count.
    """
    found = (_mean_of_pairs([ranks[i] for i in ids]) for ids in groups)
    return [mean for mean in found if mean is not None]


def _mean_of_pairs(vectors: Sequence[Vectors]) -> float | None:
    by_grid: dict[int, list[Vectors]] = {}
    for vector in vectors:
        by_grid.setdefault(len(vector), []).append(vector)
    sums = [np.sum(own, axis=0) for own in by_grid.values()]
    total = math.fsum(
        float(s @ s) - len(own) for s, own in zip(sums, by_grid.values(), strict=True)
    )
    pairs = sum(len(own) * (len(own) - 1) for own in by_grid.values())
    return total / pairs if pairs else None


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
