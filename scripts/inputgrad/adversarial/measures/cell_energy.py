"""Cell energy: where an attack puts its perturbation, coarsely enough to compare it with a map.

    sum of r^2 over a cell / sum of r^2,  r the perturbation that the 8-bit image holds

for the cells of a grid, in a table of its own, `perturbation_cells`. Beside the shares that a
saliency map of the photograph has in the same cells it says whether the map foretells where an
attack will change the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_sums
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

TABLE = "perturbation_cells"
COLUMNS = (
    Column(
        name="cell_row",
        kind="whole",
        low=0,
        meaning="Row of the cell, from the top.",
        table=TABLE,
        key=True,
    ),
    Column(
        name="cell_column",
        kind="whole",
        low=0,
        meaning="Column of the cell, from the left.",
        table=TABLE,
        key=True,
    ),
    Column(
        name="energy_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the perturbation's squared values that lies in the cell; null where "
        "rounding leaves no perturbation.",
        table=TABLE,
    ),
)


class Parameters(Settings):
    """The grid."""

    cells: int = Field(8, ge=2, le=64, description="Cells along each side.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each cell of each attacked photograph, none for the others."""
    del tools
    for outcome in outcomes:
        yield [*_records(outcome, parameters.cells)] if "image" in outcome.arrays else []


def _records(outcome: Outcome, cells: int) -> Iterator[Record]:
    original = to_tensor(outcome.item.image.pixels).numpy().astype(np.float64)
    altered = to_tensor(outcome.arrays["image"]).numpy().astype(np.float64)
    sums = cell_sums(((altered - original) ** 2).sum(axis=0), cells)
    total = float(sums.sum())
    for (row, column), value in np.ndenumerate(sums):
        yield Record(_row(row, column, float(value) / total if total > 0 else None), table=TABLE)


def _row(row: int, column: int, share: float | None) -> dict[str, Any]:
    return {"cell_row": row, "cell_column": column, "energy_share": share}
