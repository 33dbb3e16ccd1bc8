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
from inputgrad.config.modules import check_registry
from inputgrad.config.schema import parse_config
from inputgrad.errors import ConfigError
from inputgrad.jobs.complete import complete, gather, run_arrays
from inputgrad.jobs.keeping import Keeping, keeping
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.tables import schema
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
ASCENT: dict[str, Any] = {"method": "practical", "iterations": 2, "snapshots": [0]}
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


# --- measures of several outcomes ---------------------------------------------------------------

PAIR = '''
"""Toy: each map's peak beside that of another run, and the mean over all maps of the cell."""

from inputgrad.config.settings import Field, RunName, Settings
from inputgrad.engine.records import Record
from inputgrad.tables.columns import Column

WHOLE_CELLS = True
COLUMNS = (
    Column(name="toy_other", kind="real", meaning="Peak of the other run's map."),
    Column(name="toy_mean", kind="real", meaning="Mean of the cell's peaks."),
    Column(name="toy_place", kind="whole", meaning="Place of the item in its cell."),
)


class Parameters(Settings):
    """Which other run."""

    other: RunName = Field("product", description="Another run.")


def measure(outcomes, parameters, tools):
    """Peaks."""
    mean = sum(float(o.arrays["map"].max()) for o in outcomes) / len(outcomes)
    for place, outcome in enumerate(outcomes):
        other = float(outcome.inputs[parameters.other].arrays["map"].max())
        drawn = {"toy/map": outcome.arrays["map"]} if place == 0 else {}
        yield [Record({"toy_other": other, "toy_mean": mean, "toy_place": place}, drawn)]
'''
PAIRED = CONFIG | {
    "saliency": {
        "runs": {"gradient": {}, "product": {"method": "input_x_gradient"}},
        "measures": {"toy_pair": {}},
    }
}


@pytest.fixture
def paired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "toy_pair.py").write_text(PAIR)
    monkeypatch.syspath_prepend(str(tmp_path))
    with monkeypatch.context() as lines:
        lines.setitem(registry.MEASURES["saliency"], "toy_pair", "toy_pair")
        for cached in (check_registry, schema.tables, schema.type_of):
            cached.cache_clear()
        yield
    for cached in (check_registry, schema.tables, schema.type_of):
        cached.cache_clear()


@pytest.mark.usefixtures("paired")
@pytest.mark.parametrize("keeps", [ALL, NONE], ids=["arrays kept", "arrays computed again"])
def test_a_measure_of_several_outcomes(
    keeps: Keeping, images: list[BatchImage], tmp_path: Path
) -> None:
    plan, store = Plan(parse_config(PAIRED)), CellStore(tmp_path / "cells")
    cells = cells_of(plan, "saliency", images)
    measures = [cell for cell in cells if cell.name == "toy_pair"]
    assert [cell.run for cell in measures] == ["gradient"]  # not on the run that it looks at
    gradient, product = (cell for cell in cells if cell is cell.base)
    assert [i.identity for i in measures[0].inputs] == [gradient.identity, product.identity]

    complete(plan, store, cells, images, keeping=ALL)
    peaks = {k.split("/")[0]: float(a.max()) for k, a in store.arrays(product).items()}
    mean = sum(float(a.max()) for a in store.arrays(gradient).values()) / len(images)
    again = CellStore(tmp_path / "again")
    complete(plan, again, [gradient, product], images, keeping=keeps)
    complete(plan, again, cells, images, keeping=keeps)
    for place in (store, again):
        rows = of_table("saliency", gather(place, measures)).to_pylist()
        assert [row["toy_other"] for row in rows] == [peaks[row["image_id"]] for row in rows]
        assert [row["toy_mean"] for row in rows] == pytest.approx([mean] * len(rows))
        assert sorted(row["toy_place"] for row in rows) == [*range(len(images))]
    assert store.rows(measures[0]).equals(again.rows(measures[0]))
    (name, first), *others = store.arrays(measures[0]).items()  # as the map is kept, so is this
    assert not others
    assert (first == store.arrays(gradient)[name.replace("toy/", "")]).all()
    assert set(again.arrays(measures[0])) == ({name} if keeps.everything else set())


@pytest.mark.usefixtures("paired")
def test_a_run_that_a_measure_names_may_be_renamed_but_must_exist() -> None:
    saliency = PAIRED["saliency"]
    renamed = {
        "runs": {"gradient": {}, "times": {"method": "input_x_gradient"}},
        "measures": {"toy_pair": {"other": "times"}},
    }
    photographs = [("a", 1)]
    before, after = (
        Plan(parse_config(PAIRED | {"saliency": section})).image_cells(
            "saliency", "lite0", photographs
        )
        for section in (saliency, renamed)
    )
    assert {cell.identity for cell in before} == {cell.identity for cell in after}
    with pytest.raises(ConfigError, match=r"measures\.toy_pair\.other: unknown run 'product'"):
        parse_config(PAIRED | {"saliency": renamed | {"measures": {"toy_pair": {}}}})


def test_a_repetition_draws_what_the_next_seed_would(tmp_path: Path) -> None:
    """In one job with the run that it repeats; the pictures are of other starts."""

    def drawn(folder: str, **changes: Any) -> dict[str, Any]:
        runs = {"once": ASCENT, "again": ASCENT | {"repeat": 1}}
        section = CONFIG["class_visualization"] | {"runs": runs}
        plan = Plan(parse_config(CONFIG | {"class_visualization": section} | changes))
        store, cells = CellStore(tmp_path / folder), plan.class_cells("lite0", [985, 130], [])
        complete(plan, store, cells, [], keeping=ALL)
        return run_arrays(store, cells)

    first, second = drawn("0"), drawn("1", seed=1)
    for index in (985, 130):
        start = f"{index}/snapshots"
        assert (first[f"again/{start}"] == second[f"once/{start}"]).all()
        assert (first[f"again/{start}"][0] != first[f"once/{start}"][0]).any()
