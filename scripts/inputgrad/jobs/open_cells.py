"""Cells that are being filled: each is stored as soon as it is complete."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from numpy.typing import NDArray

from inputgrad.cells.cell import Cell
from inputgrad.cells.machine import machine
from inputgrad.cells.store import CellStore
from inputgrad.cells.timings import write_timings
from inputgrad.engine.records import Record

logger = logging.getLogger(__name__)


@dataclass
class _Open:
    """What a cell has so far."""

    cell: Cell
    missing: int
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    effort: float = 0.0


class OpenCells:
    """Collects records until a cell has those of all its items, then stores it."""

    def __init__(
        self, store: CellStore, device: torch.device, *, keep: Callable[[Cell], bool]
    ) -> None:
        self._store, self._device, self._keep = store, device, keep
        self._open: dict[str, _Open] = {}
        self._efforts: list[tuple[Cell, float]] = []
        self._began = time.monotonic()

    def expect(self, cell: Cell, items: int, rows: Iterable[dict[str, Any]] = ()) -> None:
        """Announce how many items make the cell complete, and rows that it has without them."""
        opened = self._open[cell.identity] = _Open(cell, items)
        opened.rows[cell.table].extend(rows)
        if items == 0:
            self._put(opened)

    def add(
        self, cell: Cell, key: str, about: Mapping[str, Any], records: Sequence[Record]
    ) -> None:
        """Add the records of one item; `key` goes before the names of its arrays."""
        opened = self._open[cell.identity]
        for record in records:
            opened.rows[record.table or cell.table].append({**about, **record.row})
            if self._keep(cell):
                opened.arrays |= {f"{key}/{name}": array for name, array in record.arrays.items()}
        opened.effort += max(map(_effort, records), default=1.0)
        opened.missing -= 1
        if opened.missing == 0:
            self._put(opened)

    def note_times(self) -> None:
        """Write down how long the stored cells took, now that all are."""
        seconds = time.monotonic() - self._began
        write_timings(self._store.timings, self._efforts, seconds=seconds, device=self._device.type)

    def _put(self, opened: _Open) -> None:
        """Store a cell, with its arrays where they are kept; few measures have any."""
        cell = opened.cell
        has_arrays = self._keep(cell) and (cell is cell.base or bool(opened.arrays))
        arrays = opened.arrays if has_arrays else None
        kind, name = self._device.type, machine(self._device)
        self._store.put(cell, opened.rows, arrays, device=kind, machine=name)
        self._efforts.append((cell, opened.effort))
        del self._open[cell.identity]
        logger.info(
            "%s %s %s: stored after %.1f s",
            cell.model, cell.run, cell.name, time.monotonic() - self._began,
        )  # fmt: skip


def _effort(record: Record) -> float:
    """What an item cost beside others of its technique: its gradient evaluations if counted."""
    row = record.row
    return float(row.get("gradient_evaluations") or row.get("iterations") or 1)
