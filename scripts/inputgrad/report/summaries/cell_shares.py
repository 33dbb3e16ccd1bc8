"""What maps and perturbations have in the cells of a coarse grid, photograph by photograph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from inputgrad.report.summaries.data import Data

MAPS, PERTURBATIONS = "saliency_cells", "perturbation_cells"

Shares = Mapping[str, NDArray[np.float64]]  # image_id -> shares of the cells, row by row


def map_shares(data: Data, model: str, run: str) -> Shares:
    """Shares of the maps of a run, those without a missing share."""
    if MAPS not in data.tables:
        return {}
    return _shares(data.of_run(MAPS, model, run), "cell_share")


def perturbation_shares(data: Data, model: str, run: str) -> Shares:
    """Shares of the perturbations of a run toward the compared targets, none missing."""
    if PERTURBATIONS not in data.tables:
        return {}
    rows = data.of_run(PERTURBATIONS, model, run)
    return _shares(rows[rows["target_policy"] == data.context.target_policy], "energy_share")


def correlated(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Spearman's correlation over the cells; None where one is even, or the grids differ."""
    if len(first) != len(second) or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(stats.spearmanr(first, second).statistic)


def _shares(rows: pd.DataFrame, column: str) -> Shares:
    ordered = rows.sort_values(["cell_row", "cell_column"])
    found = {str(i): group[column] for i, group in ordered.groupby("image_id")}
    return {i: s.to_numpy(dtype=np.float64) for i, s in found.items() if s.notna().all()}
