"""What a configuration needs and what of it is stored, looked at without changing anything."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inputgrad.cells.cell import Cell
from inputgrad.config.schema import Config
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.complete import gather
from inputgrad.jobs.dag import IMAGE_TABLES, Dag
from inputgrad.jobs.exemplars import LIKENESS, choose, from_json, wanted_cells
from inputgrad.registry import JUDGE, TECHNIQUES, TRAIN, TRAINED
from inputgrad.tables.files import of_table
from inputgrad.tables.gathering import Exemplars, of_sample
from inputgrad.tables.schema import ordered


@dataclass(frozen=True)
class Job:
    """Cells that one job of a rule computes together, with one model, of one batch or group.

    `table` is that of the technique; of what judges, that of the first judgement.
    """

    rule: str
    table: str
    model: str
    key: str
    cells: tuple[Cell, ...]


@contextmanager
def relisted(config: Config) -> Iterator[Dag]:
    """The DAG of a configuration and of what its sources offer now.

    Index and batches are made in a temporary folder, from a copy of those in the results: they are
    the ones that `add_images` would make.
    """
    stored = config.results / "images"
    with tempfile.TemporaryDirectory(prefix="inputgrad-") as name:
        folder = Path(name)
        if (stored / "batches").is_dir():
            shutil.copytree(stored / "batches", folder / "batches")
        if (stored / "file_hashes").is_file():
            shutil.copyfile(stored / "file_hashes", folder / "file_hashes")
        choose_photographs(config, folder=folder)
        yield Dag.checked(config, images=folder)


def jobs(dag: Dag) -> Iterator[Job]:
    """Every job that computes cells, without those of the exemplars' pictures."""
    for model in dag.models:
        for key in dag.trainings:
            cells = dag.training_cells(model, key)
            yield Job(TRAIN, TRAINED, model, key, tuple(cells))
        for batch in dag.index().batches:
            for table in IMAGE_TABLES:
                yield _job(model, batch, dag.batch_cells(table, model, batch), table=table)
        for group in dag.groups:
            cells = dag.group_cells(model, group)
            yield _job(model, group, cells, table="class_visualization")
    for judge, key in dag.judging():
        cells = dag.judge_cells(judge, key)
        yield Job(JUDGE, cells[0].table, judge, key, tuple(cells))


def _job(model: str, key: str, cells: Sequence[Cell], *, table: str) -> Job:
    return Job(TECHNIQUES[table].rule, table, model, key, tuple(cells))


def exemplars(dag: Dag) -> Exemplars | None:
    """The photographs that the figures will show; None before everything is computed."""
    judged = (cell for job in dag.judging() for cell in dag.judge_cells(*job))
    cells = [*dag.image_cells(), *(cell for cell in judged if cell.table == LIKENESS)]
    if any(cell not in dag.store for cell in cells):
        return None
    rows = gather(dag.store, cells)
    tables = (*IMAGE_TABLES, LIKENESS)
    found = {t: of_sample(ordered(t, of_table(t, rows)), dag.index()) for t in tables}
    return choose(dag.plan, found)


def chosen_exemplars(dag: Dag) -> Exemplars:
    """The photographs that the figures showed last; none before the first run."""
    path = dag.results / "statistics" / "exemplars.json"
    return from_json(path.read_text(encoding="utf-8")) if path.is_file() else {}


def exemplar_jobs(dag: Dag, chosen: Exemplars) -> Iterator[Job]:
    """Jobs of the pictures of the chosen photographs that are in the sample."""
    for model in dag.models:
        by_table: dict[str, list[Cell]] = defaultdict(list)
        for cell, _ in wanted_cells(dag, model, chosen):
            by_table[cell.table].append(cell)
        for table, cells in by_table.items():
            yield _job(model, "", cells, table=table)
