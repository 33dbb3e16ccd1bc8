"""The reasons that `status` gives: what is new, and what differs from what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from inputgrad.cells import history
from inputgrad.cells.cell import Cell, CellItem
from inputgrad.cells.history import Change, History
from inputgrad.cells.store import StoredCell

RECIPE: dict[str, Any] = {
    "table": "adversarial",
    "model_id": "m1",
    "method": "ascent",
    "parameters": {"eta": 0.25, "budget": 100},
    "code": {"inputgrad/engine/slots.py": "a", "inputgrad/images/distances.py": "b"},
    "versions": {"torch": "2.9"},
    "seed": 0,
}
ITEMS = (("aa", 1), ("bb", 2))


def cell(
    model: str = "lite0", run: str = "fine", items: tuple[CellItem, ...] = ITEMS, **change: Any
) -> Cell:
    return Cell("adversarial", model, run, items, (), RECIPE | change)


def measure(base: Cell, **change: Any) -> Cell:
    recipe = {k: v for k, v in RECIPE.items() if k != "method"} | {"measure": "png"} | change
    return Cell("adversarial", base.model, base.run, base.items, (base,), recipe)


def stored(*cells: Cell) -> list[StoredCell]:
    return [
        StoredCell(
            each.identity,
            each.model,
            each.run,
            each.items,
            tuple(c.identity for c in each.inputs),
            dict(each.recipe),
            "cpu",
            "a CPU",
        )
        for each in cells
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parameters": {"eta": 0.5, "budget": 100}}, "eta 0.25 -> 0.5"),
        ({"parameters": {"eta": 0.25}}, "budget 100 -> none"),
        ({"seed": 7}, "seed 0 -> 7"),
        ({"versions": {"torch": "3.0"}}, "torch 2.9 -> 3.0"),
        (
            {"code": {"inputgrad/engine/slots.py": "x", "inputgrad/images/maps.py": "y"}},
            "the code of inputgrad/engine/slots.py, inputgrad/images/distances.py, "
            "inputgrad/images/maps.py has changed",
        ),
        ({"seed": 7, "versions": {"torch": "3.0"}}, "seed 0 -> 7; torch 2.9 -> 3.0"),
        ({"model_id": "m2"}, history.MODEL_CHANGED),
    ],
)
def test_what_differs_is_named(change: dict[str, Any], reason: str) -> None:
    assert History(stored(cell())).explain(cell(**change)) == Change(reason)


def test_new_photographs_are_told_from_regrouped_ones() -> None:
    known = History(stored(cell(), cell(items=(("cc", 3),))))
    new = known.explain(cell(items=(("cc", 3), ("dd", 4))))
    assert new == Change(history.NEW_ITEMS, frozenset({("dd", 4)}))
    assert known.explain(cell(items=(("aa", 1), ("cc", 3)))) == Change(history.REGROUPED)


def test_new_models_runs_and_techniques() -> None:
    known = History(stored(cell()))
    assert known.explain(cell("lite1", model_id="m2")).reason == history.NEW_MODEL
    assert known.explain(cell(run="coarse", seed=9)).reason == history.NEW_RUN
    assert History([]).explain(cell()).reason == history.FIRST


def test_the_most_similar_settings_are_compared_with() -> None:
    others = cell(parameters={"eta": 0.1, "budget": 5}), cell(parameters={"eta": 9, "budget": 5})
    near = cell(parameters={"eta": 0.5, "budget": 100})
    reason = History(stored(others[0], near, others[1])).explain(cell()).reason
    assert reason == "eta 0.5 -> 0.25"


def test_a_measure_is_new_or_has_changed_or_what_it_measures_has() -> None:
    base = cell()
    assert History(stored(base)).explain(measure(base)).reason == history.NEW_MEASURE
    known = History(stored(base, measure(base)))
    changed = measure(base, code={"inputgrad/adversarial/measures/png.py": "z"})
    assert "measures/png.py" in known.explain(changed).reason
    assert known.explain(measure(cell(seed=3))).reason == history.UPSTREAM


def test_what_a_cell_is_made_from_or_judges_is_new() -> None:
    """Settings and items are known, the inputs are others."""
    maps, others = cell(run="maps"), cell(run="maps", seed=1)
    guided = replace(cell(run="guided", method="guided"), inputs=(maps,))
    recipe = {k: v for k, v in RECIPE.items() if k != "method"} | {"judgement": "transfer"}
    judged = Cell("transfer", "judge", "fine", ITEMS, (maps,), recipe | {"table": "transfer"})
    history_of = History(stored(maps, guided, judged))
    for known, reason in ((guided, history.MADE_OF), (judged, history.JUDGED)):
        assert history_of.explain(replace(known, inputs=(others,))) == Change(reason)
