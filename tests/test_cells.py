"""The store: whole cells or none, whoever else writes; names are not identity."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inputgrad.cells.store import Cell, CellStore
from inputgrad.errors import StoreError
from inputgrad.jobs.complete import complete_image_cells, gather

RECIPE = {"family": "saliency", "method": "gradient", "seed": 0, "images": [["aa", 3], ["bb", 5]]}
ROWS = [
    {"image_id": "bb", "model": "m", "run": "r", "label": 5, "score": 1.5},
    {"image_id": "aa", "model": "m", "run": "r", "label": 3, "score": float("nan")},
]
ARRAYS = {"aa/map": np.arange(6, dtype=np.uint8).reshape(2, 3), "bb/map": np.zeros(2, np.float16)}


def cell(run: str = "r", **changes: Any) -> Cell:
    return Cell("saliency", "m", run, RECIPE | changes)


@pytest.fixture
def store(tmp_path: Path) -> CellStore:
    return CellStore(tmp_path / "cells")


def put(store: CellStore, which: Cell) -> None:
    store.put(which, ROWS, ARRAYS, device="cpu", machine="a CPU")


def test_what_is_put_comes_back(store: CellStore) -> None:
    assert cell() not in store
    put(store, cell())
    assert cell() in store
    table = store.rows(cell())
    assert table["image_id"].to_pylist() == ["aa", "bb"]  # by key
    assert table["score"].to_pylist()[1] == 1.5
    arrays = store.arrays(cell())
    assert arrays.keys() == ARRAYS.keys()
    assert all((arrays[name] == ARRAYS[name]).all() for name in ARRAYS)
    assert arrays["bb/map"].dtype == np.float16
    about = store.stored(cell().identity)
    assert (about.cell, about.device, about.machine) == (cell(), "cpu", "a CPU")


def test_a_cell_without_rows_or_arrays_is_whole(store: CellStore) -> None:
    store.put(cell(), [], {}, device="cpu")
    assert cell() in store
    assert len(store.rows(cell())) == 0
    assert store.arrays(cell()) == {}


def test_names_are_no_part_of_the_identity_but_of_the_rows(store: CellStore) -> None:
    renamed = Cell("saliency", "another", "called", RECIPE)
    assert renamed.identity == cell().identity
    put(store, cell())
    table = store.rows(renamed)
    assert set(table["model"].to_pylist()) == {"another"}
    assert set(table["run"].to_pylist()) == {"called"}


@pytest.mark.parametrize("key", sorted(RECIPE))
def test_everything_in_the_recipe_is_part_of_the_identity(key: str) -> None:
    assert cell(**{key: "another"}).identity != cell().identity


def test_a_stored_cell_never_changes(store: CellStore) -> None:
    put(store, cell())
    before = {path: path.read_bytes() for path in store.folder.rglob("*") if path.is_file()}
    store.put(cell(), [], {}, device="cuda")
    assert {p: p.read_bytes() for p in store.folder.rglob("*") if p.is_file()} == before


def test_the_same_cell_gives_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        store = CellStore(tmp_path / name)
        put(store, cell())
        contents.append([p.read_bytes() for p in sorted(store.folder.rglob("*")) if p.is_file()])
    assert contents[0] == contents[1]


def test_many_writers_of_one_cell_leave_one_and_nothing_else(store: CellStore) -> None:
    faults: list[BaseException] = []

    def write() -> None:
        try:
            put(store, cell())
        except BaseException as fault:
            faults.append(fault)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert faults == []
    assert [path.name for path in store.folder.iterdir()] == [cell().identity]


def test_an_interrupted_write_leaves_no_cell(
    store: CellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inputgrad.cells.store.write_arrays", full_disk)
    with pytest.raises(OSError, match="No space"):
        put(store, cell())
    assert cell() not in store
    assert list(store.folder.iterdir()) == []
    (store.folder / ".left-by-a-killed-job").mkdir()
    assert store.identities() == set()


def test_a_cell_that_cannot_be_read_names_its_file_and_the_remedy(store: CellStore) -> None:
    with pytest.raises(StoreError, match="is not in"):
        store.rows(cell())
    put(store, cell())
    path = store.folder / cell().identity / "cell.json"
    path.write_text("{")
    with pytest.raises(StoreError, match=r"cell\.json.*remove its folder and run again"):
        store.stored(cell().identity)
    path.write_text(json.dumps({"recipe": {}}))
    with pytest.raises(StoreError, match="remove its folder"):
        list(store.all())
    (store.folder / cell().identity / "rows.parquet").write_bytes(b"no table")
    with pytest.raises(StoreError, match="not a readable table"):
        store.rows(cell())


def test_remove_takes_one_cell_away(store: CellStore) -> None:
    put(store, cell())
    put(store, cell(seed=1))
    store.remove(cell().identity)
    assert store.identities() == {cell(seed=1).identity}
    assert len(list(store.folder.iterdir())) == 1


def test_a_job_computes_each_missing_cell_once(
    store: CellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of the same settings are one cell; both get its rows."""
    asked: list[Cell] = []

    class Worker:
        @staticmethod
        def compute_image_cells(_plan: Any, into: CellStore, cells: list[Cell], _: Any) -> None:
            asked.extend(cells)
            for missing in cells:
                put(into, missing)

    monkeypatch.setattr("inputgrad.jobs.complete._worker", lambda: Worker)
    put(store, cell(seed=1))
    cells = [cell("first"), cell("twin"), cell("stored", seed=1), cell("other", seed=2)]
    plan: Any = None
    complete_image_cells(plan, store, cells, [])
    assert [c.run for c in asked] == ["first", "other"]
    runs = gather("saliency", store, cells)["run"].to_pylist()
    assert sorted(runs) == sorted(["first", "twin", "stored", "other"] * 2)
    asked.clear()
    complete_image_cells(plan, store, cells, [])
    assert asked == []
