"""The columns that say where a cell of a grid is. Light: read without torch."""

from __future__ import annotations

from inputgrad.tables.columns import Column


def cell_columns(table: str) -> tuple[Column, Column]:
    """Row and column of the cell, keys of a table with one row a cell."""
    return (
        Column(
            name="cell_row",
            kind="whole",
            low=0,
            meaning="Row of the cell, from the top.",
            table=table,
            key=True,
        ),
        Column(
            name="cell_column",
            kind="whole",
            low=0,
            meaning="Column of the cell, from the left.",
            table=table,
            key=True,
        ),
    )
