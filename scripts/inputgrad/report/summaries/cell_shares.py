"""Maps and perturbations in the cells of a coarse grid, photograph by photograph, as ranks.

The ranks of the shares are centred and of length 1, so that Spearman's correlation of two maps is
the product of their vectors: a sample has many pairs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from inputgrad.report.summaries.data import Data

MAPS, PERTURBATIONS = "saliency_cells", "perturbation_cells"

Ranks = Mapping[str, NDArray[np.float64]]  # image_id -> ranks of the cells, row by row


def map_ranks(data: Data, model: str, run: str) -> Ranks:
    """Of the maps of a run, without those that are even or miss a share."""
    if MAPS not in data.tables:
        return {}
    return _ranks(data.of_run(MAPS, model, run), "cell_share")


def perturbation_ranks(data: Data, model: str, run: str) -> Ranks:
    """Of the perturbations of a run toward the compared targets."""
    if PERTURBATIONS not in data.tables:
        return {}
    rows = data.of_run(PERTURBATIONS, model, run)
    return _ranks(rows[rows["target_policy"] == data.context.target_policy], "energy_share")


def correlated(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Spearman's correlation over the cells; None where the grids differ."""
    return float(first @ second) if len(first) == len(second) else None


def _ranks(rows: pd.DataFrame, column: str) -> Ranks:
    """By image_id, in its order; photographs of one grid are ranked together."""
    ordered = rows.sort_values(["image_id", "cell_row", "cell_column"])
    shares = ordered[column].to_numpy(dtype=np.float64, na_value=np.nan)
    names = ordered["image_id"].astype(str).to_numpy()
    ids, starts, counts = np.unique(names, return_index=True, return_counts=True)
    found: dict[str, NDArray[np.float64]] = {}
    for cells in np.unique(counts):
        own = counts == cells
        grids = shares[starts[own][:, None] + np.arange(cells)]
        known = np.isfinite(grids).all(axis=1) & (np.ptp(grids, axis=1) > 0)
        found |= zip(ids[own][known].tolist(), _unit_ranks(grids[known]), strict=True)
    return {i: found[i] for i in sorted(found)}


def _unit_ranks(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each row of (photographs, cells)."""
    centred = stats.rankdata(shares, axis=1) - (shares.shape[1] + 1) / 2
    return np.asarray(centred / np.linalg.norm(centred, axis=1, keepdims=True))
