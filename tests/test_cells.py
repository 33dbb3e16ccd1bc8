"""The store: whole cells or none, whoever else writes; names are not identity."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from inputgrad.cells.cell import Cell, Recipe
from inputgrad.cells.store import ABOUT, CellStore
from inputgrad.errors import StoreError
from inputgrad.hashing import digest
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping
from inputgrad.tables.files import of_table

RECIPE = {"table": "saliency", "method": "gradient", "parameters": {}, "seed": 0}
ITEMS = (("aa", 3), ("bb", 5))
ROWS = {
    "saliency": [
        {"image_id": "bb", "label": 5, "score": 1.5},
        {"image_id": "aa", "label": 3, "score": float("nan")},
    ]
}
ARRAYS = {"aa/map": np.arange(6, dtype=np.uint8).reshape(2, 3), "bb/map": np.zeros(2, np.float16)}


def cell(run: str = "r", **changes: Any) -> Cell:
    return Cell("saliency", "m", run, ITEMS, (), RECIPE | changes)


@pytest.fixture
def store(tmp_path: Path) -> CellStore:
    return CellStore(tmp_path / "cells")


def put(store: CellStore, which: Cell) -> None:
    store.put(which, ROWS, ARRAYS, device="cpu", machine="a CPU")


def files(store: CellStore) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(store.folder.rglob("*")) if p.is_file()}


def test_what_is_put_comes_back(store: CellStore) -> None:
    assert cell() not in store
    put(store, cell())
    assert cell() in store
    table = of_table("saliency", store.rows(cell()))
    assert table["image_id"].to_pylist() == ["aa", "bb"]  # by key
    assert table["score"].to_pylist()[1] == 1.5
    arrays = store.arrays(cell())
    assert arrays.keys() == ARRAYS.keys()
    assert all((arrays[name] == ARRAYS[name]).all() for name in ARRAYS)
    assert arrays["bb/map"].dtype == np.float16
    assert (store.array(cell(), "aa/map") == ARRAYS["aa/map"]).all()
    assert store.array(cell(), "aa/other") is None
    about = store.stored(cell().identity)
    assert (about.items, about.recipe) == (ITEMS, RECIPE)
    assert (about.model, about.run, about.device, about.machine) == ("m", "r", "cpu", "a CPU")


def test_a_cell_without_arrays_is_one_file_among_many_folders(store: CellStore) -> None:
    for seed in range(40):
        store.put(cell(seed=seed), ROWS, None, device="cpu")
    assert len(files(store)) == 40
    assert len(list(store.folder.iterdir())) > 5


def test_a_cell_may_have_no_rows_and_no_arrays_to_keep(store: CellStore) -> None:
    store.put(cell(), {}, {}, device="cpu")
    assert cell() in store and store.has_arrays(cell())
    assert len(store.rows(cell())) == 0
    assert store.arrays(cell()) == {}


def test_rows_of_several_tables_come_back_apart(store: CellStore) -> None:
    rows = {**ROWS, "predictions": [{"image_id": "aa", "label": 3, "margin": 0.5}]}
    store.put(cell(), rows, None, device="cpu")
    found = store.rows(cell())
    assert len(of_table("saliency", found)) == 2
    assert of_table("predictions", found)["margin"].to_pylist() == [0.5]
    assert of_table("predictions", found)["model"].to_pylist() == ["m"]


def test_parameters_with_a_column_are_in_the_rows_without_having_been_written(
    store: CellStore,
) -> None:
    recipe = {
        "table": "adversarial",
        "method": "i_fgsm",
        "parameters": {"epsilon": 0.5, "alpha": 1},
    }
    attack = Cell("adversarial", "m", "r", ITEMS, (), recipe)
    rows = [{"image_id": "aa", "label": 3, "target_policy": "random", "budget": 7}]
    store.put(attack, {"adversarial": rows}, None, device="cpu")
    (row,) = of_table("adversarial", store.rows(attack)).to_pylist()
    assert (row["epsilon"], row["budget"]) == (0.5, 7)


def test_names_are_no_part_of_the_identity_but_of_the_rows(store: CellStore) -> None:
    renamed = Cell("saliency", "another", "called", ITEMS, (), RECIPE)
    assert renamed.identity == cell().identity
    put(store, cell())
    table = of_table("saliency", store.rows(renamed))
    assert set(table["model"].to_pylist()) == {"another"}
    assert set(table["run"].to_pylist()) == {"called"}


@pytest.mark.parametrize("key", sorted(RECIPE))
def test_everything_in_the_recipe_is_part_of_the_identity(key: str) -> None:
    assert cell(**{key: "another"}).identity != cell().identity


def test_items_and_inputs_are_part_of_the_identity() -> None:
    def on(*inputs: Cell) -> Cell:
        return Cell("saliency", "m", "r", ITEMS, inputs, {"measure": "gini"})

    others = [on(), on(cell()), on(cell(seed=1)), on(cell(), cell(seed=1))]
    fewer = Cell("saliency", "m", "r", ITEMS[:1], (), RECIPE)
    assert len({c.identity for c in (*others, fewer, cell())}) == 6


def test_a_stored_cell_never_changes_but_may_get_its_arrays_later(store: CellStore) -> None:
    store.put(cell(), ROWS, None, device="cpu")
    before = files(store)
    store.put(cell(), {}, ARRAYS, device="cuda")
    after = files(store)
    assert before.items() <= after.items()
    assert store.has_arrays(cell()) and len(after) == 2
    store.put(cell(), {}, {}, device="cuda")
    assert files(store) == after


def test_the_same_cell_gives_the_same_bytes_whatever_the_order(tmp_path: Path) -> None:
    contents = []
    for name, rows in (("one", ROWS), ("two", {"saliency": ROWS["saliency"][::-1]})):
        store = CellStore(tmp_path / name)
        store.put(cell(), rows, ARRAYS, device="cpu")
        contents.append(files(store))
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
    assert sorted(files(store)) == [f"{cell().identity}.npz", f"{cell().identity}.parquet"]


def test_an_interrupted_write_leaves_no_cell(
    store: CellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inputgrad.cells.store.write_parquet", full_disk)
    with pytest.raises(OSError, match="No space"):
        put(store, cell())
    assert cell() not in store
    (store.folder / "ab").mkdir()
    (store.folder / "ab" / ".left-by-a-killed-job.parquet.x1").touch()
    assert store.identities() == set()


def test_a_cell_that_cannot_be_read_names_its_file_and_the_remedy(store: CellStore) -> None:
    with pytest.raises(StoreError, match="is not in"):
        store.rows(cell())
    put(store, cell())
    path = store.file(cell().identity)
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({ABOUT: b"{"}), path)
    with pytest.raises(StoreError, match=r"\.parquet.*remove the file and run again"):
        store.stored(cell().identity)
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(StoreError, match="remove the file"):
        list(store.all())
    path.write_bytes(b"no table")
    with pytest.raises(StoreError, match="not a readable table"):
        store.rows(cell())
    with pytest.raises(StoreError, match="remove the file"):
        store.stored(cell().identity)


def test_cells_of_an_earlier_version_are_no_cells(store: CellStore) -> None:
    put(store, cell())
    old = store.folder / ("0123456789abcdef" * 4)
    old.mkdir()
    (old / "rows.parquet").write_bytes(b"old")
    assert store.identities() == {cell().identity}
    assert list(store.outdated()) == [old]


def test_remove_takes_one_cell_away(store: CellStore) -> None:
    put(store, cell())
    put(store, cell(seed=1))
    store.remove(cell().identity)
    assert store.identities() == {cell(seed=1).identity}
    assert len(files(store)) == 2


def test_a_job_computes_each_missing_cell_once(
    store: CellStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of the same settings are one cell; both get its rows."""
    asked: list[Cell] = []

    class Worker:
        @staticmethod
        def compute_cells(
            _plan: Any, into: CellStore, cells: list[Cell], _: Any, *, keeping: Keeping
        ) -> None:
            assert not keeping.everything
            asked.extend(cells)
            for missing in cells:
                put(into, missing)

    monkeypatch.setattr("inputgrad.jobs.complete._worker", lambda _: Worker)
    put(store, cell(seed=1))
    cells = [cell("first"), cell("twin"), cell("stored", seed=1), cell("other", seed=2)]
    plan: Any = None
    complete(plan, store, cells, [], keeping=Keeping(everything=False))
    assert [c.identity for c in asked] == [cell().identity, cell(seed=2).identity]
    runs = of_table("saliency", gather(store, cells))["run"].to_pylist()
    assert sorted(runs) == sorted(["first", "twin", "stored", "other"] * 2)
    asked.clear()
    complete(plan, store, cells, [], keeping=Keeping(everything=False))
    assert asked == []


def test_the_identity_is_the_digest_of_items_inputs_and_recipe() -> None:
    recipe = {"table": "saliency", "é": 'a "quoted" one', "numbers": [1, 0.1, None]}
    upstream = Cell("saliency", "m", "r", (("a", 1),), (), Recipe(recipe))
    cell = Cell("saliency", "m", "r", (("a", 1, None),), (upstream,), recipe)
    for one in (upstream, cell):
        whole = {
            "items": digest([list(item) for item in one.items]),
            "inputs": [other.identity for other in one.inputs],
            "recipe": recipe,
        }
        assert one.identity == digest(whole)
