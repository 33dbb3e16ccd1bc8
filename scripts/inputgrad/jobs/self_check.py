"""How the networks name the photographs whose predictions are stored. Without torch."""

from __future__ import annotations

from inputgrad.cells.cell import Cell
from inputgrad.cells.store import CellStore
from inputgrad.jobs.complete import gather
from inputgrad.jobs.dag import Dag
from inputgrad.models.published import published_accuracy
from inputgrad.models.specification import ModelSpecification
from inputgrad.statistics.self_check import SelfCheck, self_checks
from inputgrad.tables.files import of_table
from inputgrad.tables.gathering import of_sample

PREDICTIONS = "predictions"


def check_networks(dag: Dag, store: CellStore) -> dict[str, SelfCheck]:
    """Model -> how it names the photographs of the sample of which `store` has predictions.

    Models without any are left out.
    """
    pairs = {model: _pairs(dag, store, model) for model in dag.models}
    specifications = dag.config.specifications
    return self_checks(pairs, promised={name: promised(specifications[name]) for name in pairs})


def promised(specification: ModelSpecification) -> float | None:
    """Share of ImageNet's validation photographs that weights are published with, if they are."""
    percent = published_accuracy(specification)
    return None if percent is None else percent / 100


def prediction_cells(dag: Dag, model: str) -> list[Cell]:
    """Cells that hold a model's predictions of the sample."""
    batches = dag.index().batches
    return [cell for batch in batches for cell in dag.batch_cells(PREDICTIONS, model, batch)]


def _pairs(dag: Dag, store: CellStore, model: str) -> list[tuple[int, int]]:
    """(label, prediction) of every photograph that could be read."""
    cells = [cell for cell in prediction_cells(dag, model) if cell in store]
    rows = of_sample(of_table(PREDICTIONS, gather(store, cells)), dag.index())
    pairs = zip(rows["label"].to_pylist(), rows["prediction"].to_pylist(), strict=True)
    return [(label, prediction) for label, prediction in pairs if prediction is not None]
