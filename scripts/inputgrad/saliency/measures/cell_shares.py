"""Cell shares: where a map puts its weight, coarsely enough to compare maps of different sizes.

    sum of |M| over a cell / sum of |M|,  for the cells of a grid

in a table of its own, `saliency_cells`. From it follow, without any map, how alike the maps of two
models are for one photograph, and those of one run for different photographs of a class (a method
that gives those one map has no global view of the class, or sees nothing but the frame): Spearman's
correlation over the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_shares
from inputgrad.tables.cell_columns import cell_columns
from inputgrad.tables.columns import Column

TABLE = "saliency_cells"
COLUMNS = (
    *cell_columns(TABLE),
    Column(
        name="cell_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the map's absolute values that lies in the cell; null for a map of "
        "zeros.",
        table=TABLE,
    ),
)


class Parameters(Settings):
    """The grid."""

    cells: int = Field(8, ge=2, le=64, description="Cells along each side.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each cell of each map."""
    del tools
    for outcome in outcomes:
        shares = cell_shares(np.abs(outcome.arrays["map"]), parameters.cells)
        yield [
            Record({"cell_row": row, "cell_column": column, "cell_share": share}, table=TABLE)
            for row, column, share in shares
        ]
