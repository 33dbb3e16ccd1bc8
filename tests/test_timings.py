"""Times of computed cells and what is expected of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inputgrad.cells.cell import Cell
from inputgrad.cells.timings import Rates, read_timings, write_timings

RECIPE: dict[str, Any] = {
    "model_id": "m",
    "device": "cpu",
    "slots": 4,
    "threads": 1,
    "method": "ascent",
    "parameters": {"eta": 1},
}


def cell(size: int, table: str = "adversarial", **change: Any) -> Cell:
    images = tuple((f"{number:016x}", 0) for number in range(size))
    return Cell(table, "lite0", "r", images, (), RECIPE | change)


def test_a_jobs_time_is_divided_by_effort(tmp_path: Path) -> None:
    fast, slow = cell(2), cell(2, parameters={"eta": 0.1})
    write_timings(tmp_path, [(fast, 10), (slow, 30)], seconds=8.0, device="cpu")
    rates = Rates(read_timings(tmp_path))
    assert rates.seconds(cell(4)) == pytest.approx(4.0)
    assert rates.seconds(cell(4, parameters={"eta": 0.1})) == pytest.approx(12.0)


def test_the_most_similar_cells_are_asked(tmp_path: Path) -> None:
    write_timings(tmp_path, [(cell(2), 1)], seconds=2.0, device="cpu")
    write_timings(tmp_path, [(cell(2, method="other"), 1)], seconds=6.0, device="cpu")
    rates = Rates(read_timings(tmp_path))
    assert rates.seconds(cell(10)) == pytest.approx(10)
    assert rates.seconds(cell(10, method="a third")) == pytest.approx(20)
    assert rates.seconds(cell(10, model_id="another")) == pytest.approx(20)
    assert rates.seconds(cell(10, "saliency")) is None


def test_a_damaged_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text(json.dumps({"kind": 3}))
    assert read_timings(tmp_path) == []
    assert read_timings(tmp_path / "missing") == []


def test_a_job_of_no_effort(tmp_path: Path) -> None:
    """Every photograph unreadable: the cells are stored, and took no time of their own."""
    write_timings(tmp_path, [(cell(1), 0.0)], seconds=3.0, device="cpu")
    assert Rates(read_timings(tmp_path)).seconds(cell(5)) == 0
