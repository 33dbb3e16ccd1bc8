"""`verify`: compute a seeded share of the stored cells again and compare them with the store."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.comparison import COUNT, GRADIENT, differences
from inputgrad.cells.store import CellStore
from inputgrad.commands.options import add_config, open_config
from inputgrad.errors import StoreError
from inputgrad.hashing import stable_integer
from inputgrad.jobs import listing
from inputgrad.jobs.complete import complete
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.keeping import FOR_FIGURES

SHORTEST = 8  # hexadecimal digits by which a cell may be named
HELP = "compute a share of the stored results again and compare them bit for bit"


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--share", type=float, default=0.05, help="share of the cells, in (0, 1]")
    parser.add_argument("--seed", type=int, default=0, help="which cells are chosen")
    parser.add_argument(
        "--cell",
        help="this cell instead: the beginning of its identity, or table/model/run/item as a row "
        "of report/data/ names it, with all that was measured there",
    )


def run(arguments: Namespace) -> int:
    """Compare; StoreError names every cell that came out otherwise."""
    if not 0 < arguments.share <= 1:
        raise StoreError(f"--share is {arguments.share}; expected more than 0 and at most 1")
    with (
        listing.relisted(open_config(arguments)) as dag,
        tempfile.TemporaryDirectory(prefix="inputgrad-") as folder,
    ):
        again = CellStore(Path(folder) / "cells")
        if arguments.cell:
            jobs = _named(dag, arguments.cell)
        else:
            jobs = _chosen(dag, share=arguments.share, seed=arguments.seed)
        faults: list[str] = []
        elsewhere: set[str] = set()
        for job in jobs:
            _compute(dag, job, again)
            for cell in job.cells:
                old, new = dag.store.stored(cell.identity), again.stored(cell.identity)
                exact = (old.device, old.machine) == (new.device, new.machine)
                elsewhere |= set() if exact else {f"{old.machine} (here: {new.machine})"}
                faults += _faults(cell, dag.store, again, exact=exact)
    if faults:
        raise StoreError("the store holds other numbers than come out now:\n" + "\n".join(faults))
    print(f"{sum(len(job.cells) for job in jobs)} cells came out as they are stored")
    for machine in sorted(elsewhere):
        print(f"computed on {machine}, so compared with tolerance: {_tolerance()}")
    return 0


def _computable_cells(dag: Dag) -> tuple[list[listing.Job], dict[str, Cell]]:
    """All jobs, and by identity the stored cells in them; StoreError where there are none."""
    pictures = listing.exemplar_jobs(dag, listing.chosen_exemplars(dag))
    jobs = [*listing.jobs(dag), *pictures]
    stored = {c.identity: c for job in jobs for c in job.cells if _computable(dag, c)}
    if not stored:
        raise StoreError("nothing of this configuration is stored; run `make report` first")
    return jobs, stored


def _named(dag: Dag, name: str) -> list[listing.Job]:
    """The one cell whose identity begins so, or those that hold a row; StoreError if there is none.

    A row is named table/model/run/item: the item is an image_id or the index of a class.
    """
    jobs, stored = _computable_cells(dag)
    if "/" in name:
        table, model, run, item = [*name.split("/"), "", "", ""][:4]
        chosen = {
            identity
            for identity, cell in stored.items()
            if (cell.recipe["table"], cell.model, cell.run) == (table, model, run)
            and item in {str(known[0]) for known in cell.items}
        }
    else:
        chosen = {i for i in stored if len(name) >= SHORTEST and i.startswith(name)}
    if not chosen or ("/" not in name and len(chosen) > 1):
        raise StoreError(
            f"{name!r} names {len(chosen)} stored cells of this configuration; expected {SHORTEST} "
            "or more digits of an identity in provenance.json, or table/model/run/item as in "
            "report/data/, such as saliency/<model>/<run>/<image_id>"
        )
    return _narrowed(jobs, chosen)


def _chosen(dag: Dag, *, share: float, seed: int) -> list[listing.Job]:
    """A seeded share of the stored cells, at least one, in the jobs that compute them."""
    jobs, stored = _computable_cells(dag)
    ranked = sorted(stored, key=lambda identity: stable_integer(seed, identity))
    return _narrowed(jobs, set(ranked[: max(1, round(share * len(ranked)))]))


def _narrowed(jobs: Iterable[listing.Job], chosen: Collection[str]) -> list[listing.Job]:
    """The jobs with the chosen cells alone, each in the first that has it."""
    left, narrowed = set(chosen), []
    for job in jobs:
        own = {cell.identity: cell for cell in job.cells if cell.identity in left}
        left -= own.keys()
        if own:
            narrowed.append(replace(job, cells=tuple(own.values())))
    return narrowed


def _computable(dag: Dag, cell: Cell) -> bool:
    """Whether a cell is stored and its photographs are all in the sample, so their files exist."""
    if cell.trains:
        return cell in dag.store
    of_classes = registry.items_of(cell.table) == "classes"
    photographs = cell.recipe.get("photographs", ()) if of_classes else cell.items
    sampled = {tuple(item[:2]) for item in photographs} <= dag.sampled()
    return cell in dag.store and sampled


def _compute(dag: Dag, job: listing.Job, store: CellStore) -> None:
    """Compute the cells into another store, with their arrays."""
    complete(dag.plan, store, job.cells, dag.located(), keeping=FOR_FIGURES)


def _faults(cell: Cell, stored: CellStore, again: CellStore, *, exact: bool) -> Iterator[str]:
    where = f"{cell.table} {cell.model} {cell.run} {cell.name}, cell {cell.identity}"
    rows = [store.rows(cell).to_pylist() for store in (stored, again)]
    arrays = [store.arrays(cell) for store in (stored, again)]
    for fault in differences(cell.table, *rows, *arrays, exact=exact):
        yield f"  {where}: {fault}"


def _tolerance() -> str:
    iterations = f"{COUNT.absolute:g} + {COUNT.relative:.0%}"
    return f"one gradient within {GRADIENT.relative:.1%}, iterations within {iterations}"
