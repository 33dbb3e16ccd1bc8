"""The part of a job that needs torch: load the model, decode the photographs, fill the cells."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inputgrad import registry
from inputgrad.cells.machine import machine
from inputgrad.cells.plan import NOISE, ClassCell, Plan
from inputgrad.cells.store import Cell, CellStore
from inputgrad.cells.timings import write_timings
from inputgrad.engine.determinism import set_up
from inputgrad.engine.records import LabelledImage, Record
from inputgrad.errors import ModelError, PhotographError
from inputgrad.images.decoding import decode, fit
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.specification import ModelSpecification
from inputgrad.photographs.files import read_bytes
from inputgrad.photographs.index import BatchImage

logger = logging.getLogger(__name__)


def compute_image_cells(
    plan: Plan, store: CellStore, cells: Sequence[Cell], images: Sequence[BatchImage]
) -> None:
    """Fill cells of one family and model; each is stored as soon as it is whole.

    The cells' photographs are taken from `images`, which may hold more of them.
    """
    family, model = cells[0].family, cells[0].model
    classifier = _classifier(plan, model)
    home = {(cell.run, image_id): cell for cell in cells for image_id, _ in cell.recipe["images"]}
    wanted = {image_id for _, image_id in home}
    samples, errors = _load_samples([i for i in images if i.image_id in wanted], classifier)
    readable = {sample.image_id for sample in samples}
    runs = [run for run in plan.runs[family] if run.name in {cell.run for cell in cells}]
    targets = {run.name: len(run.parameters.get("targets", [None])) for run in runs}
    open_cells = _OpenCells(store, classifier)
    for cell in cells:
        own = [image_id for image_id, _ in cell.recipe["images"]]
        failed = [errors[key] for key in own if key in errors] if family == "predictions" else []
        samples_of_cell = sum(key in readable for key in own)
        open_cells.expect(cell, samples_of_cell * targets[cell.run], failed)
    compute = import_module(registry.STEPS[family][1]).compute
    slots = plan.config.models[model].slots
    for name, record in compute(classifier, samples, runs, seed=plan.config.seed, slots=slots):
        image_id = str(record.row["image_id"])
        if (name, image_id) in home:
            open_cells.add(home[name, image_id], image_id, record)
    open_cells.note_times()


def compute_class_cells(
    plan: Plan, store: CellStore, cells: Sequence[ClassCell], sample: Sequence[BatchImage]
) -> None:
    """Fill class cells of one model; each is stored as soon as it is whole."""
    model = cells[0].cell.model
    classifier = _classifier(plan, model)
    module = import_module(registry.STEPS["class_visualization"][1])
    items, wanted = [], {}
    open_cells = _OpenCells(store, classifier)
    for class_cell in cells:
        wanted[class_cell.run.name] = class_cell.cell
        open_cells.expect(class_cell.cell, len(class_cell.starts), [])
        names = dict(class_cell.cell.recipe["starts"])
        for class_index, start in class_cell.starts.items():
            pixels = None if start == NOISE else _start_pixels(start, sample, classifier)
            begin = module.Start(names[class_index], pixels)
            items.append(module.Visualization(class_index, class_cell.run, begin, plan.config.seed))
    for run, records in module.compute(classifier, items, slots=plan.config.models[model].slots):
        open_cells.add(wanted[run.name], "", *records)
    open_cells.note_times()


class _OpenCells:
    """Collects records until a cell has all of its samples, then stores it."""

    def __init__(self, store: CellStore, classifier: Classifier) -> None:
        self._store = store
        self._device = classifier.mean.device
        self._expected: dict[str, int] = {}
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._arrays: dict[str, dict[str, NDArray[Any]]] = {}
        self._efforts: dict[str, float] = {}
        self._stored: list[Cell] = []
        self._began = time.monotonic()

    def expect(self, cell: Cell, samples: int, rows: Sequence[dict[str, Any]]) -> None:
        """Announce how many samples make the cell whole, and rows that it has without them."""
        self._expected[cell.identity] = samples
        self._rows[cell.identity] = [{**row, "model": cell.model} for row in rows]
        self._arrays[cell.identity] = {}
        self._efforts[cell.identity] = 0.0
        if samples == 0:
            self._put(cell)

    def add(self, cell: Cell, key: str, *records: Record) -> None:
        """Add one sample's records; `key` goes before the names of its arrays."""
        for record in records:
            self._rows[cell.identity].append({**record.row, "model": cell.model})
            if cell.recipe.get("arrays", True):
                named = {f"{key}/{n}".lstrip("/"): a for n, a in record.arrays.items()}
                self._arrays[cell.identity] |= named
        self._efforts[cell.identity] += max(_effort(record) for record in records)
        self._expected[cell.identity] -= 1
        if self._expected[cell.identity] == 0:
            self._put(cell)

    def note_times(self) -> None:
        """Write down how long the stored cells took, now that all are."""
        efforts = [(cell, self._efforts[cell.identity]) for cell in self._stored]
        seconds = time.monotonic() - self._began
        write_timings(self._store.timings, efforts, seconds=seconds, device=self._device.type)

    def _put(self, cell: Cell) -> None:
        rows, arrays = self._rows.pop(cell.identity), self._arrays.pop(cell.identity)
        kind, name = self._device.type, machine(self._device)
        self._store.put(cell, rows, arrays, device=kind, machine=name)
        self._stored.append(cell)
        seconds = time.monotonic() - self._began
        logger.info("%s %s: %d rows after %.1f s", cell.model, cell.run, len(rows), seconds)


def _effort(record: Record) -> float:
    """What a sample cost beside others of its family: its gradient evaluations if counted."""
    row = record.row
    return float(row.get("gradient_evaluations") or row.get("iterations") or 1)


def _classifier(plan: Plan, model: str) -> Classifier:
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
    found = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(found if name == "auto" else name)


def _load_samples(
    images: Iterable[BatchImage], classifier: Classifier
) -> tuple[list[LabelledImage], dict[str, dict[str, Any]]]:
    """Samples at the model's input size, and by `image_id` a row that says why one has none."""
    samples: list[LabelledImage] = []
    errors: dict[str, dict[str, Any]] = {}
    for image in images:
        try:
            data = read_bytes(image.path, expected=image.image_id)
            samples.append(LabelledImage(image.image_id, image.label, _fitted(data, classifier)))
        except PhotographError as error:
            logger.warning("%s", error)
            row = {"image_id": image.image_id, "label": image.label, "error": str(error)}
            errors[image.image_id] = row
    return samples, errors


def _fitted(data: bytes, classifier: Classifier) -> NDArray[np.uint8]:
    return fit(
        decode(data),
        resize=classifier.resize_size,
        crop=classifier.input_size,
        interpolation=classifier.interpolation,
    )


def _start_pixels(
    start: str, sample: Sequence[BatchImage], classifier: Classifier
) -> NDArray[np.uint8]:
    """The photograph that an ascent starts from: one of the sample, or a file."""
    paths = {image.image_id: image.path for image in sample}
    return _fitted(read_bytes(paths.get(start, Path(start))), classifier)
