"""A job: see which of its cells the store lacks, have those computed, read all from the store.

No torch here: a job whose cells are all stored ends without importing it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan, identities
from inputgrad.cells.store import CellStore
from inputgrad.jobs.changes import check_planned
from inputgrad.jobs.keeping import Keeping
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.files import merged_rows

logger = logging.getLogger(__name__)

CHANGEABLE = "the code, the configuration or the weights"
WORKER, JUDGING = "inputgrad.jobs.worker", "inputgrad.jobs.judging"


def complete(
    plan: Plan,
    store: CellStore,
    cells: Sequence[Cell],
    images: Sequence[BatchImage],
    *,
    keeping: Keeping,
) -> None:
    """Compute the cells of one model and technique, or what one model judges, that are missing.

    `images` finds the photographs; `keeping` says whose arrays are kept, and whose are needed.
    """
    distinct = {cell.identity: cell for cell in cells}
    missing = [cell for cell in distinct.values() if lacks(store, cell, keeping=keeping)]
    logger.info("%d of %d cells are stored", len(distinct) - len(missing), len(distinct))
    if missing:
        _worker(missing[0]).compute_cells(plan, store, missing, images, keeping=keeping)


def lacks(store: CellStore, cell: Cell, *, keeping: Keeping) -> bool:
    """Whether the store lacks a cell, or arrays of it that are needed."""
    if cell not in store:
        return True
    return cell is cell.base and keeping.needs(cell) and not store.has_arrays(cell)


def gather(store: CellStore, cells: Iterable[Cell]) -> pa.Table:
    """All rows of the cells, those of a method joined with those of its measures."""
    return merged_rows(store.rows(cell) for cell in cells)


def run_arrays(store: CellStore, cells: Iterable[Cell]) -> dict[str, NDArray[Any]]:
    """All arrays of the methods' and measures' cells, each name after that of its run."""
    return {
        f"{cell.run}/{name}": array for cell in cells for name, array in store.arrays(cell).items()
    }


def require_planned(cells: Sequence[Cell], planned: Sequence[str], *, results: Path) -> None:
    """StoreError where the cells are not those that the DAG was built with."""
    check_planned(list(planned), identities(cells), CHANGEABLE, results=results)


def _worker(cell: Cell) -> ModuleType:
    """The module that computes a cell and its like."""
    return import_module(JUDGING if cell.judges else WORKER)
