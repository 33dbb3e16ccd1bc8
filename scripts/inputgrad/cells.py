"""The content-addressed store: a cell is computed once and never changed.

A cell is named by the SHA-256 of its recipe (what was computed, from what, by which code). It is
written to a folder of its own and renamed into place, so it is there whole or not at all; two
jobs that compute the same cell at once write the same bytes.

    results/cells/<identity>/cell.json     the recipe and the device that it ran on
    results/cells/<identity>/rows.parquet  rows of the family's table
    results/cells/<identity>/arrays.npz    only where figures need them
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from inputgrad.errors import StoreError
from inputgrad.files import write_arrays
from inputgrad.hashing import digest
from inputgrad.tables import read_parquet, to_table, write_parquet

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

    @property
    def identity(self) -> str:
        """SHA-256 of the recipe, 64 hexadecimal digits."""
        return digest(dict(self.recipe))


@dataclass(frozen=True)
class CellStore:
    """The folder that holds the cells."""

    folder: Path

    def __contains__(self, cell: Cell) -> bool:
        return (self.folder / cell.identity / "cell.json").is_file()

    def identities(self) -> set[str]:
        """Identities of all cells in the store."""
        if not self.folder.is_dir():
            return set()
        return {entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")}

    def put(
        self, cell: Cell, rows: Iterable[Mapping[str, Any]], arrays: Arrays, *, device: str
    ) -> None:
        """Write a finished cell; one that is already there stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".", dir=self.folder))
        try:
            write_parquet(to_table(cell.family, rows), temporary / "rows.parquet")
            if arrays:
                write_arrays(temporary / "arrays.npz", arrays)
            about = {"recipe": dict(cell.recipe), "device": device}
            text = json.dumps(about, indent=1, sort_keys=True) + "\n"
            (temporary / "cell.json").write_text(text, encoding="utf-8")
            temporary.chmod(0o755)
            if cell not in self:
                os.replace(temporary, self.folder / cell.identity)
        except OSError:
            if cell not in self:  # not merely a neighbour that was faster
                raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

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
        about = json.loads((self._folder_of(cell) / "cell.json").read_text(encoding="utf-8"))
        return str(about["device"])

    def recipes(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(identity, recipe) of every cell in the store."""
        for identity in sorted(self.identities()):
            about = json.loads((self.folder / identity / "cell.json").read_text(encoding="utf-8"))
            yield identity, about["recipe"]

    def _folder_of(self, cell: Cell) -> Path:
        if cell not in self:
            raise StoreError(f"cell {cell.identity} is not in {self.folder}; run again")
        return self.folder / cell.identity
