"""Cell energy: where an attack puts its perturbation, coarsely enough to compare it with a map.

    sum of r^2 over a cell / sum of r^2,  r the perturbation that the 8-bit image holds

for the cells of a grid, in a table of its own, `perturbation_cells`. Beside the shares that a
saliency map of the photograph has in the same cells it says whether the map foretells where an
attack will change the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_shares
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.cell_columns import cell_columns
from inputgrad.tables.columns import Column

TABLE = "perturbation_cells"
COLUMNS = (
    *cell_columns(TABLE),
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
    energy = ((altered - original) ** 2).sum(axis=0)
    for row, column, share in cell_shares(energy, cells):
        values = {"cell_row": row, "cell_column": column, "energy_share": share}
        yield Record(values, table=TABLE)
