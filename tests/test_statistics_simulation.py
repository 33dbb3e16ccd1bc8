"""The validation's own machinery, and that its table in the docs is complete and passes."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def simulation(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("simulate_statistics")


def test_the_table_in_the_docs_has_every_row_and_each_passes(simulation: ModuleType) -> None:
    text = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    tables = text.split(simulation.BEGIN)[1].split(simulation.END)[0]
    shown = {
        (cells[1], cells[2]): [_number(cell) for cell in cells[3:7]]
        for cells in ([cell.strip() for cell in line.split("|")] for line in tables.splitlines())
        if len(cells) > 6
    }
    draws = re.search(r"(\d+) draws per number", tables)
    assert draws is not None and int(draws[1]) >= 4000
    for row in simulation.accepted_rows():
        *coverage, small, large = shown[row.statistic, row.population]
        assert simulation.passes(coverage[0], small) and simulation.passes(coverage[1], large)
        assert any(number is not None for number in (*coverage, small, large))
    assert all((row.statistic, row.population) in shown for row in simulation.rejected_rows())


def test_a_sound_interval_passes_and_a_narrow_one_does_not(simulation: ModuleType) -> None:
    def normal_mean(reach: float) -> object:
        def draw(rng: np.random.Generator, n: int) -> tuple[bool, bool]:
            z = abs(rng.normal(size=n).mean()) * np.sqrt(n)
            return bool(z <= reach), bool(z > reach)

        return simulation.Row("mean", f"reach {reach}", lambda: draw)

    sound, narrow = (simulation.simulate(normal_mean(reach), 20, 3000) for reach in (1.96, 1.3))
    assert sound == pytest.approx((0.95, 0.05), abs=0.015)
    assert simulation.passes(*sound)
    assert not simulation.passes(*narrow)
    lines, passed = simulation.table([normal_mean(1.3)], 200)
    assert not passed
    assert lines[-1].startswith("| mean | reach 1.3 | ")


def test_each_number_has_its_own_seed(simulation: ModuleType) -> None:
    row = next(simulation.accepted_rows())
    assert simulation.simulate(row, 20, 40) == simulation.simulate(row, 20, 40)


def test_the_table_goes_between_the_markers(simulation: ModuleType) -> None:
    text = f"before\n{simulation.BEGIN}\nold\n{simulation.END}\nafter\n"
    written = simulation.written_between_markers(text, "new")
    assert written == text.replace("old", "new")
    assert simulation.written_between_markers(written, "new") == written
    with pytest.raises(SystemExit, match="must have the lines"):
        simulation.written_between_markers("no markers", "new")


def _number(cell: str) -> float | None:
    return float(cell.removesuffix("%")) / 100.0 if cell.endswith("%") else None
