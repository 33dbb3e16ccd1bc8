"""`prune`: delete stored cells that no known configuration needs, and outputs made of them.

Known are the given configuration and those that were run into its results folder before, each as it
was run last (`jobs.known`), as long as its file exists. What would go is told first; it is deleted
once that is confirmed, on the terminal or by `--yes`. Outputs are deleted too where their cells are
gone or no job of these configurations writes them, so that going back to an older one computes
again instead of using leftovers.
"""

from __future__ import annotations

import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inputgrad.cells.store import CellStore
from inputgrad.commands.options import add_config, open_config
from inputgrad.errors import InputgradError, StoreError
from inputgrad.jobs import listing
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.known import KnownConfiguration, known_configurations
from inputgrad.registry import JUDGE, TECHNIQUES, TRAIN

HELP = "delete stored results that no known configuration needs"
ABANDONED_SECONDS = 24 * 3600  # a hidden file this old belongs to no job that still runs
MEGABYTE = 1e6


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted")
    parser.add_argument("--yes", action="store_true", help="delete without asking")


def run(arguments: Namespace) -> int:
    """Say what no configuration needs, and delete it where that is wanted."""
    file = arguments.config.absolute()
    with listing.relisted(open_config(arguments)) as dag:
        needed = _needs(dag)
        for known in _others(dag.results, file):
            needed += _needs_of(known, dag)
        cells = sorted(dag.store.identities() - needed.cells)
        outputs = sorted(_outputs(dag) - needed.outputs)
        leftovers = [*_abandoned(dag.store), *dag.store.outdated()]
        _tell(dag.store, cells, outputs, kept=len(dag.store.identities() & needed.cells))
        if arguments.dry_run or not (cells or outputs or leftovers):
            return 0
        if (cells or outputs) and not (arguments.yes or _confirmed()):
            return 0
        for identity in cells:
            dag.store.remove(identity)
        for path in [*outputs, *leftovers]:
            _remove(path)
    print(f"deleted {len(cells)} cells and {len(outputs)} outputs")
    return 0


@dataclass(frozen=True)
class _Needed:
    """What configurations need: identities of cells, and outputs whose cells are all stored."""

    cells: frozenset[str]
    outputs: frozenset[Path]

    def __add__(self, other: _Needed) -> _Needed:
        return _Needed(self.cells | other.cells, self.outputs | other.outputs)


def _needs(dag: Dag) -> _Needed:
    jobs = [*listing.jobs(dag), *_pictures(dag)]
    cells = frozenset(cell.identity for job in jobs for cell in job.cells)
    return _Needed(cells, frozenset(_kept(dag, jobs)))


def _others(results: Path, file: Path) -> Iterator[KnownConfiguration]:
    """Known configurations beside that of the given file; of those that are gone it is said."""
    for known in known_configurations(results):
        if known.gone:
            print(f"{known} was run here, but its file is gone: nothing is kept for it")
        elif known.overrides or [path.absolute() for path in known.files] != [file]:
            yield known


def _needs_of(known: KnownConfiguration, dag: Dag) -> _Needed:
    """What another configuration needs; StoreError where that cannot be told."""
    try:
        with listing.relisted(known.config(dag.results)) as other:
            found = _needs(other)
    except InputgradError as error:
        raise StoreError(
            f"{known} was run here as well, and what it needs cannot be told "
            f"({str(error).splitlines()[0]}); remove {known.record} if its results may go"
        ) from None
    print(f"{known} was run here: {len(found.cells & dag.store.identities())} cells stay for it")
    return found


def _tell(store: CellStore, cells: list[str], outputs: list[Path], *, kept: int) -> None:
    """What would go, by what it is, and how much stays."""
    freed = float(sum(map(store.size, cells)) + sum(map(_size, outputs)))
    print(f"not needed: {len(cells)} cells and {len(outputs)} outputs, {freed / MEGABYTE:.1f} MB")
    for what, number in sorted(Counter(_named(store, cell) for cell in cells).items()):
        print(f"  {what} ({number} cells)")
    print(f"needed: {kept} cells, which stay")


def _named(store: CellStore, identity: str) -> str:
    """What a cell is of."""
    try:
        cell = store.stored(identity)
    except StoreError:
        return "damaged"
    return f"{cell.table}, {cell.model}: {cell.run}"


def _confirmed() -> bool:
    """Whether a person at the terminal says yes; StoreError where there is no terminal."""
    if not sys.stdin.isatty():
        raise StoreError(
            "nothing was deleted, since there is no terminal to ask on; `make prune YES=1` does it"
        )
    print("delete what is not needed? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _pictures(dag: Dag) -> Iterator[listing.Job]:
    """Jobs of the exemplars: of those that are shown now, and of those that will be."""
    for chosen in (listing.chosen_exemplars(dag), listing.exemplars(dag) or {}):
        yield from listing.exemplar_jobs(dag, chosen)


def _outputs(dag: Dag) -> set[Path]:
    """Files in the results that jobs have written."""
    found = {
        path
        for rule in [*(technique.rule for technique in TECHNIQUES.values()), JUDGE, TRAIN]
        for path in (dag.results / rule).glob("*/*")
        if path.suffix in (".parquet", ".npz")
    }
    return found | set((dag.results / "collect_exemplars").glob("*.npz"))


def _kept(dag: Dag, jobs: list[listing.Job]) -> set[Path]:
    """Outputs of the configuration's jobs whose cells are all stored."""
    kept: set[Path] = set()
    complete = dict.fromkeys(dag.models, True)
    for job in jobs:
        whole = all(cell in dag.store for cell in job.cells)
        if not job.key:
            complete[job.model] &= whole
        elif whole:
            stem = dag.results / job.rule / job.model / job.key
            kept |= {stem.with_suffix(ending) for ending in (".parquet", ".npz")}
    return kept | {
        dag.results / "collect_exemplars" / f"{model}.npz"
        for model, whole in complete.items()
        if whole
    }


def _abandoned(store: CellStore) -> Iterator[Path]:
    """Hidden files in the store that a killed job has left behind."""
    for path in store.folder.glob("*/.*"):
        if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
            yield path


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
