"""The content-addressed store: a cell is computed once and never changed.

A cell is named by the SHA-256 of its recipe (what was computed, from what, by which code). It is
written to a folder of its own and renamed into place, so it is there whole or not at all; two
jobs that compute the same cell at once write the same bytes.

    results/cells/<identity>/cell.json     the recipe; the names and the machine of that time
    results/cells/<identity>/rows.parquet  rows of the family's table
    results/cells/<identity>/arrays.npz    only where figures need them
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inputgrad.errors import StoreError
from inputgrad.files import write_arrays
from inputgrad.hashing import digest
from inputgrad.tables.schema import read_parquet, to_table, write_parquet

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Cell:
    """One (model, run, batch) or (model, run, classes): what it is, and so its name.

    `recipe` is JSON: everything that the numbers depend on. Family, model and run's name say
    where the rows go; they are not part of the recipe.
    """

    family: str
    model: str
    run: str
    recipe: Mapping[str, Any]

    @cached_property
    def identity(self) -> str:
        """SHA-256 of the recipe, 64 hexadecimal digits."""
        return digest(dict(self.recipe))

    @property
    def size(self) -> int:
        """How many photographs or classes it covers."""
        return len(self.recipe["images" if "images" in self.recipe else "starts"])


@dataclass(frozen=True)
class StoredCell:
    """What the store says of a cell: the names, device and machine of the time when it was made."""

    cell: Cell
    identity: str
    device: str
    machine: str


@dataclass(frozen=True)
class CellStore:
    """The folder that holds the cells."""

    folder: Path

    def __contains__(self, cell: Cell) -> bool:
        return (self.folder / cell.identity / "cell.json").is_file()

    @property
    def timings(self) -> Path:
        """Folder of what is noted about the time that cells took, beside the store."""
        return self.folder.parent / "benchmark" / "cells"

    def identities(self) -> set[str]:
        """Identities of all cells in the store."""
        if not self.folder.is_dir():
            return set()
        return {entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")}

    def put(
        self,
        cell: Cell,
        rows: Iterable[Mapping[str, Any]],
        arrays: Arrays,
        *,
        device: str,
        machine: str = "",
    ) -> None:
        """Write a finished cell; one that is already there stays.

        `device` is the kind, such as 'cpu'; `machine` the processor in its maker's words.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".", dir=self.folder))
        try:
            write_parquet(to_table(cell.family, rows), temporary / "rows.parquet")
            if arrays:
                write_arrays(temporary / "arrays.npz", arrays)
            about = {
                "recipe": dict(cell.recipe),
                "model": cell.model,
                "run": cell.run,
                "device": device,
                "machine": machine,
            }
            text = json.dumps(about, indent=1, sort_keys=True) + "\n"
            (temporary / "cell.json").write_text(text, encoding="utf-8")
            temporary.chmod(0o755)
            if cell not in self:
                temporary.replace(self.folder / cell.identity)
        except OSError:
            if cell not in self:  # not merely a neighbour that was faster
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def remove(self, identity: str) -> None:
        """Delete a cell; at no moment is half of it there."""
        doomed = Path(tempfile.mkdtemp(prefix=".", dir=self.folder))
        (self.folder / identity).replace(doomed / identity)
        shutil.rmtree(doomed)

    def rows(self, cell: Cell) -> pa.Table:
        """A cell's rows, with the model's and the run's present names."""
        table = read_parquet(cell.family, self._folder_of(cell) / "rows.parquet")
        for column, name in (("model", cell.model), ("run", cell.run)):
            if (index := table.schema.get_field_index(column)) >= 0:
                names = pa.array([name] * len(table), pa.string())
                table = table.set_column(index, column, names)
        return table

    def arrays(self, cell: Cell) -> dict[str, NDArray[Any]]:
        """A cell's arrays by name; empty where it has none."""
        path = self._folder_of(cell) / "arrays.npz"
        if not path.is_file():
            return {}
        with np.load(path, allow_pickle=False) as archive:
            return dict(archive)

    def device(self, cell: Cell) -> str:
        """The kind of device that a cell was computed on, such as 'cpu'."""
        return self.stored(self._folder_of(cell).name).device

    def stored(self, identity: str) -> StoredCell:
        """What the store says of a cell; StoreError where it is not there or cannot be read."""
        path = self.folder / identity / "cell.json"
        try:
            about = json.loads(path.read_bytes())
            recipe = about["recipe"]
            cell = Cell(recipe["family"], about["model"], about["run"], recipe)
            return StoredCell(cell, identity, about["device"], about["machine"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"cannot read the cell {path}: {error!r}; remove its folder and run again"
            ) from error

    def all(self) -> Iterator[StoredCell]:
        """Every cell in the store, by identity."""
        for identity in sorted(self.identities()):
            yield self.stored(identity)

    def _folder_of(self, cell: Cell) -> Path:
        if cell not in self:
            raise StoreError(f"cell {cell.identity} is not in {self.folder}; run again")
        return self.folder / cell.identity
