"""`prune`: delete stored cells that the configuration does not need, and outputs made of them.

Outputs are deleted too where their cells are gone or no job of the configuration writes them, so
that going back to an older configuration computes again instead of using leftovers.
"""

from __future__ import annotations

import shutil
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from inputgrad.cells.store import CellStore
from inputgrad.commands.options import add_config, open_config
from inputgrad.jobs import listing
from inputgrad.jobs.dag import Dag
from inputgrad.registry import TECHNIQUES

HELP = "delete stored results that the config no longer needs"
ABANDONED_SECONDS = 24 * 3600  # a hidden file this old belongs to no job that still runs
MEGABYTE = 1e6


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be deleted")


def run(arguments: Namespace) -> int:
    """Delete, and say how much."""
    with listing.relisted(open_config(arguments)) as dag:
        jobs = [*listing.jobs(dag), *_pictures(dag)]
        needed = {cell.identity for job in jobs for cell in job.cells}
        cells = sorted(dag.store.identities() - needed)
        outputs = sorted(_outputs(dag) - _kept(dag, jobs))
        kept = len(dag.store.identities() & needed)
        freed = float(sum(dag.store.size(identity) for identity in cells))
        freed += sum(_size(path) for path in outputs)
        if not arguments.dry_run:
            for identity in cells:
                dag.store.remove(identity)
            for path in [*outputs, *_abandoned(dag.store), *dag.store.outdated()]:
                _remove(path)
    verb = "would delete" if arguments.dry_run else "deleted"
    print(f"{verb} {len(cells)} cells and {len(outputs)} outputs, {freed / MEGABYTE:.1f} MB")
    print(f"{kept} cells are needed and stay")
    return 0


def _pictures(dag: Dag) -> Iterator[listing.Job]:
    """Jobs of the exemplars: of those that are shown now, and of those that will be."""
    for chosen in (listing.chosen_exemplars(dag), listing.exemplars(dag) or {}):
        yield from listing.exemplar_jobs(dag, chosen)


def _outputs(dag: Dag) -> set[Path]:
    """Files in the results that jobs have written."""
    found = {
        path
        for technique in TECHNIQUES.values()
        for path in (dag.results / technique.rule).glob("*/*")
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
            stem = dag.results / TECHNIQUES[job.table].rule / job.model / job.key
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
