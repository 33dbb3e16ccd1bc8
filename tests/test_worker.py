"""A job with real cells: what is computed again when a measure is missing, and that bits stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping, keeping
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.files import of_table

CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {"runs": {"gradient_ascent": {"eta": 0.5, "budget": 2}}},
    "class_visualization": {
        "classes": ["daisy", "flamingo"],
        "runs": {"practical": {"iterations": 2, "snapshots": [0]}},
    },
}
TABLES = [name for name, t in registry.TECHNIQUES.items() if t.items == "photographs"]
ALL, NONE = Keeping(everything=True), Keeping(everything=False)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(parse_config(CONFIG))


@pytest.fixture(scope="module")
def images() -> list[BatchImage]:
    """Three photographs, of which the networks get at least one right."""
    listed = list_photographs(path=None, labels=None).photographs[:3]
    return [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]


def cells_of(plan: Plan, table: str, images: list[BatchImage]) -> list[Cell]:
    return plan.image_cells(table, "lite0", [(i.image_id, i.label) for i in images])


@pytest.fixture(scope="module")
def full(
    plan: Plan, images: list[BatchImage], tmp_path_factory: pytest.TempPathFactory
) -> CellStore:
    """A store with everything, arrays included."""
    store = CellStore(tmp_path_factory.mktemp("full") / "cells")
    for table in TABLES:
        complete(plan, store, cells_of(plan, table, images), images, keeping=ALL)
    return store


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Techniques whose methods were computed, one name for each call."""
    calls: list[str] = []
    load = registry.load_technique

    class Counting:
        def __init__(self, table: str) -> None:
            self.table = table

        def compute(self, *arguments: Any, **options: Any) -> Any:
            calls.append(self.table)
            return load(self.table).compute(*arguments, **options)

    monkeypatch.setattr(registry, "load_technique", Counting)
    yield calls


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_complete_and_the_same_whatever_is_kept(
    table: str, plan: Plan, images: list[BatchImage], full: CellStore, tmp_path: Path
) -> None:
    store, cells = CellStore(tmp_path), cells_of(plan, table, images)
    complete(plan, store, cells, images, keeping=NONE)
    assert not any(store.has_arrays(cell) for cell in cells)
    for cell in cells:
        assert store.file(cell.identity).read_bytes() == full.file(cell.identity).read_bytes()
    rows = of_table(table, gather(store, cells))
    assert set(rows["image_id"].to_pylist()) == {image.image_id for image in images}
    filled = {name for name in rows.schema.names if rows[name].null_count < len(rows)}
    own = registry.METHODS[table].keys() - {run.method for run in plan.runs[table]}
    if not own:
        assert set(rows.schema.names) - filled <= {"error"}


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("table", ["saliency", "adversarial"])
def test_a_missing_measure_uses_what_is_kept_and_else_one_computation(
    table: str,
    kept: bool,
    plan: Plan,
    images: list[BatchImage],
    full: CellStore,
    tmp_path: Path,
    computed: list[str],
) -> None:
    store, cells = CellStore(tmp_path), cells_of(plan, table, images)
    complete(plan, store, cells, images, keeping=ALL if kept else NONE)
    measures = [cell for cell in cells if cell is not cell.base]
    assert len(measures) >= 3
    for cell in measures:
        store.remove(cell.identity)
    computed.clear()
    complete(plan, store, cells, images, keeping=NONE)
    assert computed == ([] if kept else [table])
    for cell in measures:
        assert store.file(cell.identity).read_bytes() == full.file(cell.identity).read_bytes()
    complete(plan, store, cells, images, keeping=NONE)
    assert len(computed) <= 1


def test_a_file_that_cannot_be_read_is_in_the_predictions_and_in_no_denominator(
    plan: Plan, images: list[BatchImage], full: CellStore, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    more = [*images, BatchImage(image_id(broken.read_bytes()), 3, broken)]
    store = CellStore(tmp_path / "cells")
    for table in ("predictions", "saliency"):
        cells = cells_of(plan, table, more)
        complete(plan, store, cells, more, keeping=NONE)
        rows = of_table(table, gather(store, cells))
        good = of_table(table, gather(full, cells_of(plan, table, images)))
        if table == "predictions":
            errors = [row for row in rows.to_pylist() if row["error"]]
            assert [row["image_id"] for row in errors] == [more[-1].image_id]
            assert len(rows) == 4
        else:
            assert rows.equals(good)


def test_classes_are_cells_of_their_own_with_their_pictures(plan: Plan, tmp_path: Path) -> None:
    store = CellStore(tmp_path)
    (group,) = plan.class_groups()
    cells = plan.class_cells("lite0", group, [])
    complete(plan, store, cells, [], keeping=NONE)
    bases = [cell for cell in cells if cell is cell.base]
    assert [len(cell.items) for cell in bases] == [1, 1]
    assert all(store.has_arrays(cell) for cell in bases)
    rows = of_table("class_visualization", gather(store, cells)).to_pylist()
    assert [(r["class_index"], r["iteration"]) for r in rows] == sorted(
        (index, iteration) for index in group for iteration in (0, 2)
    )
    assert all(row["score"] is not None for row in rows)


def test_automatic_keeping_ends_at_two_gigabytes_by_the_plan(plan: Plan) -> None:
    assert keeping(plan, photographs=20).everything
    assert not keeping(plan, photographs=50_000).everything
    never = Plan(parse_config(CONFIG | {"keep": "exemplars"}))
    always = Plan(parse_config(CONFIG | {"keep": "all"}))
    assert not keeping(never, photographs=1).everything
    assert keeping(always, photographs=50_000).everything
