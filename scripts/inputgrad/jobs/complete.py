"""A job: see which of its cells the store lacks, have those computed, read all from the store.

No torch here: a job whose cells are all stored ends without importing it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from inputgrad.cells.plan import WORKER, ClassCell, Plan, identities
from inputgrad.cells.store import Cell, CellStore
from inputgrad.errors import StoreError
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.schema import concatenate

logger = logging.getLogger(__name__)


def complete_image_cells(
    plan: Plan, store: CellStore, cells: Sequence[Cell], images: Sequence[BatchImage]
) -> None:
    """Compute the cells of one model and family that the store lacks."""
    missing = _missing(store, cells)
    if missing:
        _worker().compute_image_cells(plan, store, missing, images)


def complete_class_cells(
    plan: Plan, store: CellStore, cells: Sequence[ClassCell], sample: Sequence[BatchImage]
) -> None:
    """Compute the class cells of one model that the store lacks; `sample` finds the starts."""
    absent = _missing(store, [c.cell for c in cells])
    missing = [c for c in cells if any(c.cell is cell for cell in absent)]
    if missing:
        _worker().compute_class_cells(plan, store, missing, sample)


def gather(family: str, store: CellStore, cells: Sequence[Cell]) -> pa.Table:
    """One table of all rows of the cells."""
    return concatenate(family, [store.rows(cell) for cell in cells])


def exemplar_arrays(store: CellStore, cells: Sequence[Cell]) -> dict[str, NDArray[Any]]:
    """Arrays of exemplar cells as the figures ask for them.

    `<kind>/<run>/.../<image_id>`, and `photograph/<image_id>`, since no run changes a photograph.
    """
    arrays = {}
    for cell in cells:
        for name, array in store.arrays(cell).items():
            image_id, kind, *rest = name.split("/")
            run = [] if kind == "photograph" else [cell.run]
            arrays["/".join([kind, *run, *rest, image_id])] = array
    return arrays


def run_arrays(store: CellStore, cells: Sequence[Cell]) -> dict[str, NDArray[Any]]:
    """All arrays of the cells, each name after that of its run."""
    return {
        f"{cell.run}/{name}": array for cell in cells for name, array in store.arrays(cell).items()
    }


def require_planned(cells: Sequence[Cell | ClassCell], planned: Sequence[str]) -> None:
    """StoreError where the cells are not those that the DAG was built with."""
    if identities(cells) != list(planned):
        raise StoreError(
            "the code, the configuration or the weights changed after the workflow had started; "
            "run the same command again"
        )


def _missing(store: CellStore, cells: Sequence[Cell]) -> list[Cell]:
    """Cells that the store lacks, each once: two runs of the same settings are one cell."""
    distinct = {cell.identity: cell for cell in reversed(cells)}
    missing = [cell for cell in reversed(distinct.values()) if cell not in store]
    logger.info("%d of %d cells are stored", len(distinct) - len(missing), len(distinct))
    return missing


def _worker() -> ModuleType:
    return import_module(WORKER)
