"""The reasons that `status` gives: what is new, and what differs from what is stored."""

from __future__ import annotations

from typing import Any

import pytest

from inputgrad.cells import history
from inputgrad.cells.history import Change, History
from inputgrad.cells.store import Cell, StoredCell

RECIPE: dict[str, Any] = {
    "family": "adversarial",
    "model_id": "m1",
    "method": "ascent",
    "parameters": {"eta": 0.25, "budget": 100},
    "code": {"inputgrad/engine/slots.py": "a", "inputgrad/images/distances.py": "b"},
    "versions": {"torch": "2.9"},
    "columns": "c",
    "seed": 0,
    "images": [["aa", 1], ["bb", 2]],
    "arrays": False,
}


def cell(model: str = "lite0", run: str = "fine", **change: Any) -> Cell:
    return Cell(RECIPE["family"], model, run, RECIPE | change)


def stored(*cells: Cell) -> list[StoredCell]:
    return [StoredCell(each, each.identity, "cpu", "a CPU") for each in cells]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parameters": {"eta": 0.5, "budget": 100}}, "eta 0.25 -> 0.5"),
        ({"parameters": {"eta": 0.25}}, "budget 100 -> none"),
        ({"seed": 7}, "seed 0 -> 7"),
        ({"versions": {"torch": "3.0"}}, "torch 2.9 -> 3.0"),
        ({"columns": "d"}, "the table has other columns"),
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
    history = History(stored(cell(), cell(images=[["cc", 3]])))
    new = history.explain(cell(images=[["cc", 3], ["dd", 4]]))
    assert new == Change(history.NEW_ITEMS, frozenset({("dd", 4)}))
    assert history.explain(cell(images=[["aa", 1], ["cc", 3]])) == Change(history.REGROUPED)


def test_new_models_runs_and_families() -> None:
    history = History(stored(cell()))
    assert history.explain(cell("lite1", model_id="m2")).reason == history.NEW_MODEL
    assert history.explain(cell(run="coarse", seed=9)).reason == history.NEW_RUN
    assert History([]).explain(cell()).reason == history.FIRST


def test_the_most_similar_settings_are_compared_with() -> None:
    others = cell(parameters={"eta": 0.1, "budget": 5}), cell(parameters={"eta": 9, "budget": 5})
    near = cell(parameters={"eta": 0.5, "budget": 100})
    reason = History(stored(others[0], near, others[1])).explain(cell()).reason
    assert reason == "eta 0.5 -> 0.25"


def test_pictures_of_exemplars_do_not_count_as_computed() -> None:
    history = History(stored(cell(), cell(images=[["cc", 3]], arrays=True)))
    assert history.explain(cell(images=[["cc", 3]])).items == {("cc", 3)}


def test_classes_and_their_starts() -> None:
    drawn = {k: v for k, v in RECIPE.items() if k not in ("images", "arrays")}
    known = Cell("class_visualization", "lite0", "r", drawn | {"starts": [[1, "noise"]]})
    more = Cell("class_visualization", "lite0", "r", drawn | {"starts": [[1, "noise"], [2, "x"]]})
    assert History(stored(known)).explain(more).items == {(2, "x")}
