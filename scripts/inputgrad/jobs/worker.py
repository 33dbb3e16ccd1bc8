"""The part of a job that needs torch: load the model, decode the photographs, fill the cells.

A measure needs what it measures: a map, an adversarial image. Where the store keeps the arrays of
the method's cell, the measure gets those; where it does not, the method is computed again and
handed to every missing measure at once. The numbers are the same either way. So it is with the
cells of another technique or model that a method or a judgement needs (`outcomes_of`).
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import torch
from numpy.typing import NDArray

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.cells.recipes import seed_of
from inputgrad.cells.store import CellStore, parameter_columns
from inputgrad.engine.determinism import set_up
from inputgrad.engine.records import ImageItem, Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.errors import ModelError
from inputgrad.jobs.devices import Devices
from inputgrad.jobs.items import TRAINING, Item, Items, about, key_of
from inputgrad.jobs.keeping import Keeping
from inputgrad.jobs.measuring import Measures
from inputgrad.jobs.open_cells import OpenCells
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.specification import ModelSpecification
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.files import of_table
from inputgrad.tables.schema import tables

Found = tuple[Cell, Outcome, int]  # a method's cell, one of its outcomes, and how many it has


def compute_cells(
    plan: Plan,
    store: CellStore,
    cells: Sequence[Cell],
    images: Sequence[BatchImage],
    *,
    keeping: Keeping,
) -> None:
    """Fill the cells of one technique and model that the store lacks.

    images: where the photographs of the cells are; there may be more of them.
    keeping: whose arrays are stored.
    """
    missing = [cell for cell in cells if cell is not cell.base and cell not in store]
    work = _Work(plan, store, cells[0], images, missing, keeping=keeping)
    inputs = {other.identity: other for cell in missing for other in cell.inputs[1:]}
    bases = {cell.base.identity: cell.base for cell in cells} | inputs
    work.process([*inputs.values()], inputs=True)
    work.process([base for identity, base in bases.items() if identity not in inputs])
    work.note_times()


def outcomes_of(
    plan: Plan,
    store: CellStore,
    cells: Iterable[Cell],
    images: Sequence[BatchImage],
    *,
    keeping: Keeping,
) -> Iterator[Found]:
    """Outcomes of methods' cells of any techniques and models, read where their arrays are kept.

    What has to be computed, with the model of its cell, is stored where the store lacks it. The
    items of a cell follow one another in no fixed order; one without items gives none.
    """
    groups: dict[tuple[str, str], dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        groups[cell.model, cell.table][cell.identity] = cell
    for group in groups.values():
        distinct = list(group.values())
        work = _Work(plan, store, distinct[0], images, (), keeping=keeping)
        yield from work.outcomes(distinct)
        work.note_times()


class _Work:
    """Computes, measures and stores the cells of one job."""

    def __init__(
        self,
        plan: Plan,
        store: CellStore,
        cell: Cell,
        images: Sequence[BatchImage],
        missing: Sequence[Cell],
        *,
        keeping: Keeping,
    ) -> None:
        self._plan, self._store, self._table, self._keeping = plan, store, cell.table, keeping
        self._images = images
        self._classifier = classifier_of(plan, cell.model)
        self._items = Items(self._classifier, images)
        self._open = OpenCells(store, self._classifier.mean.device, keep=keeping.keeps)
        slots = plan.config.models[cell.model].slots
        self._tools = Tools(self._classifier, plan.config.seed, slots)
        self._runs = {run.name: run for run in plan.runs[cell.table]}
        parameters = {m.name: m.parameters for m in plan.measures[cell.table]}
        self._measures = Measures(missing, parameters, self._tools, self._add, self._items.boxes)

    def process(self, bases: Sequence[Cell], *, inputs: bool = False) -> None:
        """Compute or read methods' cells and take their missing measures.

        inputs: measures of other cells need them as well, so all are made before any is measured.
        """
        again = [base for base in bases if self._is_computed(base, wanted=inputs)]
        kept = [b for b in bases if b not in again and (inputs or self._measures.of(b))]
        found: Iterable[Found] = itertools.chain(self._computed(again), self._read(kept))
        if inputs:
            found = [*found]
            for base, outcome, _ in found:
                self._measures.remember(base, outcome)
        for base, outcome, items in found:
            self._measures.take(base, outcome, items=items)
        self._measures.finish()

    def outcomes(self, bases: Sequence[Cell]) -> Iterator[Found]:
        """What methods' cells hold, computed where the store has not all of it."""
        again = [base for base in bases if self._is_computed(base, wanted=True)]
        yield from self._computed(again)
        yield from self._read([base for base in bases if base not in again])

    def _is_computed(self, base: Cell, *, wanted: bool) -> bool:
        """Whether a method's cell is computed: for its rows, for measures, or for needed arrays."""
        wanted = wanted or bool(self._measures.of(base)) or self._keeping.needs(base)
        return base not in self._store or (wanted and not self._store.has_arrays(base))

    def _computed(self, bases: Sequence[Cell]) -> Iterator[Found]:
        """Outcomes of methods' cells in the order of finishing; they are added to their cells."""
        owners: list[tuple[Cell, int]] = []
        items: list[Item] = []
        given = self._given(bases)
        for cell in bases:
            own = [_with_inputs(item, cell, given) for item in self._items_of(cell)]
            unreadable = self._items.unreadable(cell) if cell.table == "predictions" else ()
            self._open.expect(cell, len(own), unreadable)
            self._expect_measures(cell, len(own))
            owners += [(cell, len(own))] * len(own)
            items += own
        if not items:
            return
        for position, records in self._compute(items):
            (cell, count), item = owners[position], items[position]
            outcome = self._outcome(cell, item, records)
            self._add(cell, outcome, records)
            yield cell, outcome, count

    def _compute(self, items: Sequence[Item]) -> Iterator[tuple[int, list[Record]]]:
        """(position, records) of the items, by their technique or their training."""
        tools = self._tools
        if self._table != registry.TRAINED:
            compute = registry.load_technique(self._table).compute
            for seed, places in self._by_seed(items).items():
                own = [items[place] for place in places]
                for position, records in compute(
                    tools.classifier, own, seed=seed, slots=tools.slots
                ):
                    yield places[position], records
            return
        for position, item in enumerate(items):
            train = registry.load_training(item.run.method).train
            yield position, train(tools.classifier, item, seed=tools.seed)

    def _by_seed(self, items: Sequence[Item]) -> dict[int, list[int]]:
        """Seed of a run -> the positions of its items."""
        found: dict[int, list[int]] = defaultdict(list)
        for position, item in enumerate(items):
            found[seed_of(self._tools.seed, item.run.parameters)].append(position)
        return found

    def _items_of(self, cell: Cell) -> list[Item]:
        run = self._runs[cell.run]
        if cell.trains:
            return self._items.of_training(cell, run, self._plan.training_of(run).paths)
        return self._items.of_cell(cell, run)

    def _given(self, bases: Iterable[Cell]) -> dict[tuple[str, str], Outcome]:
        """(identity of an input, item) -> what it holds of the item."""
        cells = [upstream for base in bases for upstream in base.inputs]
        found = outcomes_of(self._plan, self._store, cells, self._images, keeping=self._keeping)
        return {(cell.identity, key_of(outcome.item)): outcome for cell, outcome, _ in found}

    def _expect_measures(self, base: Cell, items: int) -> None:
        for measure in self._measures.of(base):
            self._open.expect(measure, items)

    def _add(self, cell: Cell, outcome: Outcome, records: Sequence[Record]) -> None:
        self._open.add(cell, key_of(outcome.item), about(outcome.item), records)

    def _outcome(self, cell: Cell, item: Item, records: Sequence[Record]) -> Outcome:
        known = parameter_columns(cell) | about(item)
        rows = [known | r.row for r in records if r.table in (None, self._table)]
        arrays = {name: array for r in records for name, array in r.arrays.items()}
        return Outcome(item, [_filled(self._table, row) for row in rows], arrays)

    def _read(self, bases: Sequence[Cell]) -> Iterator[Found]:
        """The same outcomes from the store."""
        for cell in bases:
            items = self._items_of(cell)
            self._expect_measures(cell, len(items))
            rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for row in of_table(self._table, self._store.rows(cell)).to_pylist():
                rows[str(row.get("image_id", row.get("class_index", TRAINING)))].append(
                    _filled(self._table, row)
                )
            arrays: dict[str, dict[str, NDArray[Any]]] = defaultdict(dict)
            for name, array in self._store.arrays(cell).items():
                key, _, kind = name.partition("/")
                arrays[key][kind] = array
            for item in items:
                outcome = Outcome(item, rows[key_of(item)], arrays[key_of(item)])
                yield cell, outcome, len(items)

    def note_times(self) -> None:
        """Write down how long the cells took."""
        self._open.note_times()


def _with_inputs(item: Item, cell: Cell, given: Mapping[tuple[str, str], Outcome]) -> Item:
    """The item with what the inputs of its cell hold of it, by the name of their run."""
    if not (cell.inputs and isinstance(item, ImageItem)):
        return item
    keys = [(i.run, (i.identity, TRAINING if i.trains else key_of(item))) for i in cell.inputs]
    return replace(item, inputs={run: given[key] for run, key in keys if key in given})


def _filled(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with every column of its table, None where missing; without the names of its cell."""
    return {c: row.get(c) for c in tables()[table].columns if c not in ("model", "run")}


def classifier_of(plan: Plan, model: str) -> Classifier:
    """A model of the configuration, loaded, with torch set up for it."""
    device = resolve_device(plan.config.device)
    set_up(device, threads=plan.config.threads)
    return _loaded(plan.config.specifications[model], device)


@lru_cache(maxsize=1)
def _loaded(specification: ModelSpecification, device: torch.device) -> Classifier:
    return load_classifier(specification, device=device)


def resolve_device(name: str) -> torch.device:
    """The device that `auto`, `cpu` or `cuda` means here; ModelError where there is no GPU."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ModelError("device: cuda is configured, but torch sees no GPU; use auto or cpu")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return _own_gpu()


@cache
def _own_gpu() -> torch.device:
    """The GPU that this process computes on, where several are visible one that no other has."""
    count = torch.cuda.device_count()
    names = [str(torch.cuda.get_device_properties(number).uuid) for number in range(count)]
    device = torch.device("cuda", Devices(names).take()) if count > 1 else torch.device("cuda")
    torch.cuda.set_device(device.index or 0)
    return device
