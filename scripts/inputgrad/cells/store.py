"""The content-addressed store: a cell is computed once, and only regenerating it writes it again.

A cell is named by its identity. Its rows are one Parquet file, in whose metadata is what it is;
arrays, where they are kept, are a second file beside it. Both are written by rename, the rows last,
so a cell is complete or absent; two jobs that compute the same cell at once write the same bytes.
Files are spread over folders by the first digits, as file systems want it.

    results/cells/3f/3f…e2.parquet    rows, of one table or several; recipe, items and inputs
    results/cells/3f/3f…e2.npz        arrays that figures show or measures need again
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from inputgrad.cells.cell import Cell, CellItem
from inputgrad.engine.records import Arrays
from inputgrad.errors import StoreError
from inputgrad.files import write_arrays
from inputgrad.tables.files import Rows, read_rows, row_table, write_parquet
from inputgrad.tables.schema import tables, type_of

ABOUT = b"inputgrad"
SHARD = 2  # hexadecimal digits that name a cell's folder


@dataclass(frozen=True)
class StoredCell:
    """What the store says of a cell; names, device and machine are those of its computation."""

    identity: str
    model: str
    run: str
    items: tuple[CellItem, ...]
    inputs: tuple[str, ...]
    recipe: dict[str, Any] = field(hash=False)
    device: str
    machine: str

    @property
    def table(self) -> str:
        """The table of its technique."""
        return str(self.recipe["table"])


def parameter_columns(cell: Cell) -> dict[str, Any]:
    """Parameters of a method that its table has a column for, unless the method fills it itself.

    They are known from the recipe, so declaring such a column computes nothing again.
    """
    if cell is not cell.base:
        return {}
    columns = tables()[cell.table].columns
    return {name: value for name, value in cell.recipe["parameters"].items() if name in columns}


@dataclass(frozen=True)
class CellStore:
    """The folder that holds the cells.

    newer_than: a file; cells that are older, and all while it does not exist, count as missing
        and are replaced when they are put. None takes every cell.
    """

    folder: Path
    newer_than: Path | None = None

    def __contains__(self, cell: Cell) -> bool:
        return self._holds(self.file(cell.identity))

    def _holds(self, path: Path) -> bool:
        """Whether a file is there, and new enough."""
        mark = self.newer_than
        if mark is None or not path.is_file():
            return path.is_file()
        return mark.is_file() and path.stat().st_mtime_ns >= mark.stat().st_mtime_ns

    def file(self, identity: str) -> Path:
        """Where a cell's rows are, or would be."""
        return self.folder / identity[:SHARD] / f"{identity}.parquet"

    def has_arrays(self, cell: Cell) -> bool:
        """Whether a cell's arrays are kept, even if it has none to keep."""
        return self._holds(self._arrays_file(cell.identity))

    @property
    def timings(self) -> Path:
        """Folder of what is noted about the time that cells took, beside the store."""
        return self.folder.parent / "benchmark" / "cells"

    def identities(self) -> set[str]:
        """Identities of all cells in the store."""
        files = self.folder.glob(f"{'[0-9a-f]' * SHARD}/[!.]*.parquet")
        return {path.stem for path in files}

    def outdated(self) -> Iterator[Path]:
        """Folders of single cells, as an earlier layout had them: nothing reads them."""
        if self.folder.is_dir():
            yield from (path for path in self.folder.iterdir() if len(path.name) > SHARD)

    def put(
        self, cell: Cell, rows: Rows, arrays: Arrays | None, *, device: str, machine: str = ""
    ) -> None:
        """Write a finished cell; what the store holds already stays.

        `rows`: by table. `arrays` are kept unless None. `device` is the kind, such as 'cpu';
        `machine` the processor in its maker's words.
        """
        if arrays is not None and not self.has_arrays(cell):
            write_arrays(self._arrays_file(cell.identity), arrays)
        if cell in self:
            return
        if arrays is None and self.newer_than is not None:
            self._arrays_file(cell.identity).unlink(missing_ok=True)  # those of the replaced cell
        about = {
            "recipe": dict(cell.recipe),
            "items": [list(item) for item in cell.items],
            "inputs": [upstream.identity for upstream in cell.inputs],
            "model": cell.model,
            "run": cell.run,
            "device": device,
            "machine": machine,
        }
        table = row_table(rows)
        text = json.dumps(about, sort_keys=True).encode()
        write_parquet(table.replace_schema_metadata({ABOUT: text}), self.file(cell.identity))

    def remove(self, identity: str) -> None:
        """Delete a cell, its rows first: at no moment is half of it there."""
        self.file(identity).unlink()
        self._arrays_file(identity).unlink(missing_ok=True)

    def size(self, identity: str) -> int:
        """Bytes that a cell takes."""
        files = (self.file(identity), self._arrays_file(identity))
        return sum(path.stat().st_size for path in files if path.is_file())

    def rows(self, cell: Cell) -> pa.Table:
        """A cell's rows of all tables, with the present names of models and run."""
        if cell not in self:
            raise StoreError(f"cell {cell.identity} is not in {self.folder}; run again")
        table = read_rows(self.file(cell.identity))
        present = {str(name.as_py()) for name in table["table"].unique()}
        keys = {column for name in present for column in tables()[name].columns}
        names = {"model": cell.model, "run": cell.run}
        if cell.judges:
            names["source_model"] = cell.inputs[0].model
        for column, name in names.items():
            if column in keys:
                table = table.append_column(column, pa.array([name] * len(table), pa.string()))
        for column, value in parameter_columns(cell).items():
            if column not in table.schema.names:
                table = table.append_column(column, pa.array([value] * len(table), type_of(column)))
        return table

    def arrays(self, cell: Cell) -> dict[str, NDArray[Any]]:
        """A cell's arrays by name; empty where none are kept."""
        path = self._arrays_file(cell.identity)
        if not path.is_file():
            return {}
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)

    def array(self, cell: Cell, name: str) -> NDArray[Any] | None:
        """One of a cell's arrays, without reading the others; None where it is not kept."""
        path = self._arrays_file(cell.identity)
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as archive:
            return np.asarray(archive[name]) if name in archive.files else None

    def stored(self, identity: str) -> StoredCell:
        """What the store says of a cell; StoreError where it is not there or cannot be read."""
        path = self.file(identity)
        try:
            about = json.loads(pq.read_schema(path).metadata[ABOUT])
            return StoredCell(
                identity,
                about["model"],
                about["run"],
                tuple(tuple(item) for item in about["items"]),
                tuple(about["inputs"]),
                about["recipe"],
                about["device"],
                about["machine"],
            )
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise StoreError(
                f"cannot read the cell {path}: {error!r}; remove the file and run again"
            ) from error

    def all(self) -> Iterator[StoredCell]:
        """Every cell in the store, by identity."""
        for identity in sorted(self.identities()):
            yield self.stored(identity)

    def _arrays_file(self, identity: str) -> Path:
        return self.file(identity).with_suffix(".npz")
