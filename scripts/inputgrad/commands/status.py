"""`status`: what `make report` would compute, why, and for how long. Nothing is written."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from inputgrad.cells.cell import Cell, CellItem
from inputgrad.cells.history import History
from inputgrad.cells.timings import START_SECONDS, Rates, read_timings
from inputgrad.commands import self_check
from inputgrad.commands.options import add_config, open_config
from inputgrad.jobs import listing
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.exemplars import image_ids
from inputgrad.jobs.self_check import check_networks
from inputgrad.models.specification import preprocessing_words
from inputgrad.photographs.index import Index
from inputgrad.registry import items_of
from inputgrad.tables.gathering import Exemplars

HELP = "say what would be computed, why, and for how long"
NAMED = 6  # photographs or classes that are named before the rest is counted


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser.add_argument("--cores", type=int, default=here or 1, help="cores that jobs may use")


def run(arguments: Namespace) -> int:
    """Print the status."""
    with listing.relisted(open_config(arguments)) as dag:
        for line in report(dag, cores=arguments.cores):
            print(line)
    return 0


def report(dag: Dag, *, cores: int) -> Iterator[str]:
    """Lines that say what is missing."""
    index = dag.index()
    jobs = _missing(dag, listing.jobs(dag))
    cells = [cell for _, missing in jobs for cell in missing]
    chosen = listing.exemplars(dag)
    pictures = _missing(dag, listing.exemplar_jobs(dag, chosen or {}))
    yield f"{_plural(len(index.images), 'photograph')}, models: {', '.join(dag.models)}"
    yield from unused(index)
    for name, specification in dag.config.specifications.items():
        yield f"  {name} sees: {preprocessing_words(specification)}"
    yield from self_check.lines(check_networks(dag, dag.store))
    if not cells and not pictures:
        yield "Nothing to compute: every cell is stored."
        yield "At most the tables, figures and report are written again."
        return
    if cells:
        time = _time(dag, jobs, cores=cores)
        yield f"To compute: {len(cells)} cells in {len(jobs)} jobs, {time}."
        yield from _by_reason(dag, cells)
    yield _pictures(chosen, pictures)
    yield "Then the tables, figures and report are written."


def unused(index: Index) -> Iterator[str]:
    """The files that are not used, the first ones by name."""
    if index.refused:
        verb = "is" if len(index.refused) == 1 else "are"
        yield f"{_plural(len(index.refused), 'file')} {verb} not used:"
        yield from (f"  {r.file}: {r.reason}" for r in index.refused[:NAMED])
    if len(index.refused) > NAMED:
        yield f"  and {len(index.refused) - NAMED} more; the report's data/refused.csv has all"


Jobs = list[tuple[listing.Job, list[Cell]]]


def _missing(dag: Dag, jobs: Iterable[listing.Job]) -> Jobs:
    """Jobs that have something to compute, each with the cells that the store lacks."""
    found = []
    for job in jobs:
        cells = {cell.identity: cell for cell in job.cells if cell not in dag.store}
        if cells:
            found.append((job, list(cells.values())))
    return found


@dataclass
class _Group:
    """Cells of one technique and model that are missing for the same reason.

    runs: measure, or "" for the method itself -> its runs.
    """

    runs: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    items: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)


def _by_reason(dag: Dag, cells: Iterable[Cell]) -> Iterator[str]:
    """Runs to compute by model, for how many photographs or classes, and why."""
    history = History(dag.store.all())
    groups: dict[tuple[str, str, str], _Group] = defaultdict(_Group)
    for cell in cells:
        change = history.explain(cell)
        group = groups[cell.table, cell.model, change.reason]
        group.runs["" if cell is cell.base else cell.name][cell.run] = None
        group.items |= {_thing(item) for item in cell.items}
        group.fresh |= {_thing(item) for item in change.items}
    for (table, model, reason), group in groups.items():
        yield f"  {table}, {model}: {'; '.join(_of_runs(*one) for one in group.runs.items())}"
        many = _count(table, len(group.items))
        yield f"    {many}: {reason}{_named(dag, table, group.fresh)}"


def _of_runs(measure: str, runs: Iterable[str]) -> str:
    """The first runs by name, how many more there are, and the measure that is new of them."""
    names = [*runs]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return (f"{measure} of " if measure else "") + ", ".join(names[:NAMED]) + more


def _thing(item: CellItem) -> str:
    """The photograph or class that an item is, whatever its label, target or start."""
    return str(item[0])


def _count(table: str, number: int) -> str:
    return _plural(number, "photograph" if items_of(table) == "photographs" else "class")


def _plural(number: int, word: str) -> str:
    ending = "es" if word.endswith("s") else "s"
    return f"{number} {word}{'' if number == 1 else ending}"


def _named(dag: Dag, table: str, things: Iterable[str]) -> str:
    """The first few photographs or classes by name, and how many more there are."""
    if items_of(table) == "photographs":
        files = {image.image_id: image.file for image in dag.index().images}
        names = sorted(files.get(thing, thing) for thing in things)
    else:
        names = sorted(dag.plan.classes.name(int(thing)) for thing in things)
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" ({', '.join(names[:NAMED])}{more})"


def _pictures(chosen: Exemplars | None, jobs: Jobs) -> str:
    if chosen is None:
        return "  pictures for the figures: of photographs that are chosen once all is computed"
    number = sum(len(cells) for _, cells in jobs)
    return f"  pictures for the figures: {number} cells of {len(image_ids(chosen))} photographs"


def _time(dag: Dag, jobs: Jobs, *, cores: int) -> str:
    """How long the jobs will take by past rates, divided among the cores."""
    rates = Rates(read_timings(dag.store.timings))
    expected = [(cell.table, rates.seconds(cell)) for _, cells in jobs for cell in cells]
    unknown = sorted({table for table, seconds in expected if seconds is None})
    known = sum(seconds for _, seconds in expected if seconds is not None)
    if len(unknown) == len({table for table, _ in expected}):
        return "for which there are no times of earlier cells yet"
    together = max(1, min(len(jobs), cores // dag.config.threads))
    words = f"about {_duration((known + START_SECONDS * len(jobs)) / together)} on {cores} cores"
    return words + (f", not counting {', '.join(unknown)}" if unknown else "")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
