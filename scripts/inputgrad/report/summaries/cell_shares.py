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
    ordered = rows.sort_values(["cell_row", "cell_column"])
    known = ordered[column].to_numpy(dtype=np.float64, na_value=np.nan)
    places = ordered.groupby("image_id").indices
    found = {str(i): known[places[i]] for i in sorted(places)}
    return {
        i: _unit_ranks(shares)
        for i, shares in found.items()
        if np.isfinite(shares).all() and np.ptp(shares) > 0
    }


def _unit_ranks(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = stats.rankdata(shares) - (len(shares) + 1) / 2
    return np.asarray(centred / np.linalg.norm(centred))
