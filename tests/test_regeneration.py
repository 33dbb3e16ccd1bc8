"""Cells are computed anew and replaced, none is lost, and a stopped run goes on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from inputgrad.cells.cell import Cell
from inputgrad.jobs import regeneration
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.listing import jobs
from pretended import BASE, configuration, photographs, planned, pretend

ARRAYS = {"x": np.zeros(2, np.float32)}


@pytest.fixture(autouse=True)
def dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dag:
    """Four photographs, of which everything is stored since long ago."""
    monkeypatch.chdir(tmp_path)
    photographs(range(4))
    dag = planned(BASE)
    pretend(dag)
    for cell in cells_of(dag):
        dag.store.put(cell, {}, ARRAYS, device="cpu")
    for path in dag.results.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv(regeneration.VARIABLE, "1")
    return dag


def cells_of(dag: Dag) -> list[Cell]:
    return [cell for job in jobs(dag) for cell in job.cells]


def test_until_it_is_computed_again_a_cell_is_missing(dag: Dag) -> None:
    store, (first, second, *_) = regeneration.open_store(dag.results), cells_of(dag)
    assert first not in store
    regeneration.begin(dag.results)
    assert first not in store and not store.has_arrays(first)
    store.put(first, {}, ARRAYS, device="gpu")
    assert first in store and store.has_arrays(first)
    assert store.stored(first.identity).device == "gpu"
    assert second not in store
    # and for everyone else all are there
    assert first in dag.store and second in dag.store
    assert dag.store.stored(second.identity).device == "cpu"


def test_the_arrays_of_a_replaced_cell_go_with_it(dag: Dag) -> None:
    regeneration.begin(dag.results)
    store, cell = regeneration.open_store(dag.results), cells_of(dag)[0]
    store.put(cell, {}, None, device="cpu")
    assert not dag.store.has_arrays(cell)


def test_what_was_computed_before_it_was_stopped_is_not_computed_again(dag: Dag) -> None:
    regeneration.begin(dag.results)
    store, cell = regeneration.open_store(dag.results), cells_of(dag)[0]
    store.put(cell, {}, None, device="cpu")
    regeneration.begin(dag.results)
    assert cell in store
    regeneration.finish(dag.results)
    regeneration.begin(dag.results)
    os.utime(dag.store.file(cell.identity), (1, 1))
    assert cell not in store


def test_a_part_of_a_batch_that_was_computed_anew_is_preferred_to_the_old_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Photographs that have left the sample are not needed, and their old cells not used."""

    def chosen() -> set[int]:
        dag = planned(configuration(images__n=1))
        return {len(cell.items) for cell in dag.image_cells()}

    monkeypatch.delenv(regeneration.VARIABLE)
    batches = planned(BASE).index().batches
    assert len(batches) == 2
    assert chosen() == {2}  # the whole batch is stored
    monkeypatch.setenv(regeneration.VARIABLE, "1")
    assert chosen() == {1}
    dag = planned(configuration(images__n=1))
    regeneration.begin(dag.results)
    for cell in dag.image_cells():
        dag.store.put(cell, {}, None, device="cpu")
    regeneration.finish(dag.results)
    monkeypatch.delenv(regeneration.VARIABLE)
    assert chosen() == {1}
