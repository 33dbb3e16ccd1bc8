"""Where everything in the results came from: `provenance.json`, from the report down to the cells.

    artefacts   file -> its SHA-256, and what it was made from: cells, or other files
    cells       identity -> table, model, run, batch or group, recipe, inputs, device, machine
    recipes     digest -> what a cell's numbers depend on beside its items and inputs
    steps       rule that computes no cell -> digest of its code and libraries
    report      engine and fonts of the PDF, templates, versions

Whoever doubts a number finds its row in `report/data/`, the row's table, model, run and photograph
in a cell, and has it computed again: `make verify CELL=<identity>`, or `CELL=table/model/run/item`.
No clock time is in it.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.cells.cell import Cell
from inputgrad.hashing import digest, file_digest
from inputgrad.jobs import listing
from inputgrad.jobs.dag import BEHIND, Dag
from inputgrad.models.versions import installed_version

FILE = "provenance.json"
VERSION = 1


@dataclass(frozen=True)
class Printing:
    """How the PDF was made: the engine with its distribution, and the files of the fonts."""

    engine: str
    fonts: Sequence[Path]


def origins(dag: Dag, printing: Printing) -> dict[str, Any]:
    """The content of `provenance.json`; every job must have run."""
    cells: dict[str, Any] = {}
    recipes: dict[str, Any] = {}
    artefacts: dict[str, Any] = {}
    jobs = [*listing.jobs(dag)]
    for job in jobs:
        for cell in job.cells:
            key = digest(dict(cell.recipe), length=16)
            recipes[key] = dict(cell.recipe)
            cells[cell.identity] = _about(dag, cell, key=job.key, recipe=key)
        for name in _files_of(dag, f"{job.rule}/{job.model}/{job.key}.*"):
            artefacts[name] = _made(dag, name, cells=[c.identity for c in job.cells])
    chosen = listing.chosen_exemplars(dag)
    pictures: dict[str, list[str]] = {model: [] for model in dag.models}
    for job in listing.exemplar_jobs(dag, chosen):
        for cell in job.cells:
            pictures[job.model].append(cell.identity)
            if cell.identity not in cells:  # of one photograph alone
                key = digest(dict(cell.recipe), length=16)
                recipes[key] = dict(cell.recipe)
                cells[cell.identity] = _about(dag, cell, key="", recipe=key)
    rows = sorted(name for name in artefacts if name.endswith(".parquet"))
    artefacts |= dict(_described(dag, rows, pictures))
    return {
        "version": VERSION,
        "artefacts": dict(sorted(artefacts.items())),
        "cells": cells,
        "recipes": recipes,
        "steps": {rule: dag.code_of(rule) for rule in BEHIND},
        "report": {
            "engine": f"{printing.engine} {installed_version(printing.engine)}",
            "fonts": {path.name: file_digest(path) for path in printing.fonts},
            "templates": dag.templates_digest,
            "seed": dag.config.seed,
            "batch_size": dag.index().batch_size,
            "python": platform.python_version(),
        },
    }


def _about(dag: Dag, cell: Cell, *, key: str, recipe: str) -> dict[str, Any]:
    stored = dag.store.stored(cell.identity)
    return {
        "table": cell.recipe["table"],
        "model": cell.model,
        "run": cell.run,
        "name": cell.name,
        "of": key,
        "recipe": recipe,
        "inputs": [upstream.identity for upstream in cell.inputs],
        "device": stored.device,
        "machine": stored.machine,
    }


def _described(
    dag: Dag, rows: list[str], pictures: dict[str, list[str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is made of the jobs' rows: tables, pictures, figures, report."""
    index = "images/index.json"
    yield index, _made(dag, index, files=[])
    tables = _files_of(dag, "statistics/*")
    for name in [*tables, *_files_of(dag, "report/data/*")]:
        yield name, _made(dag, name, files=[index, *rows])
    exemplars = [f"collect_exemplars/{model}.npz" for model in dag.models]
    for name, model in zip(exemplars, dag.models, strict=True):
        files = [index, "statistics/exemplars.json"]
        yield name, _made(dag, name, files=files, cells=pictures[model])
    figures = _files_of(dag, "figures/**/*")
    classes = _files_of(dag, "visualize_classes/*/*.npz")
    for name in figures:
        yield name, _made(dag, name, files=[index, *tables, *exemplars, *classes])
    for name in _files_of(dag, "report/*"):
        yield name, _made(dag, name, files=[index, *tables, *figures])


def _files_of(dag: Dag, pattern: str) -> list[str]:
    found = (path for path in dag.results.glob(pattern) if path.is_file())
    return sorted(p.relative_to(dag.results).as_posix() for p in found if p.name[0] != ".")


def _made(
    dag: Dag, name: str, *, cells: Sequence[str] = (), files: Sequence[str] = ()
) -> dict[str, Any]:
    made: dict[str, Any] = {"sha256": file_digest(dag.results / name)}
    made |= {"cells": [*cells]} if cells else {}
    return made | ({"from": [*files]} if files else {})
