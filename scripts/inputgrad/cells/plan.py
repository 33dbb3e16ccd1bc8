"""Which cells a configuration needs, known without torch: what the DAG is built from.

A cell's recipe names everything that its numbers depend on: the photographs (or classes and
starts), the model's identity, the method with all its parameters, the seed, the code of the
method, the versions of the libraries it uses, the device as configured, slots and threads. What
is configured but changes no number (names, texts, sizes of figures) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from inputgrad import registry
from inputgrad.cells import fingerprint
from inputgrad.cells.store import Cell
from inputgrad.config.schema import RUN_FAMILIES, Config, run_method, run_parameters
from inputgrad.engine.records import Run
from inputgrad.errors import ConfigError, InputgradError
from inputgrad.hashing import digest, file_digest
from inputgrad.models import SOURCES
from inputgrad.models.specification import model_id
from inputgrad.photographs.classes import Classes, imagenet_classes
from inputgrad.places import SCRIPTS
from inputgrad.tables import schema as tables

WORKER = "inputgrad.jobs.worker"
PREDICT = "predict"
NOISE, SAMPLE = "noise", "sample"

Labelled = tuple[str, int]  # (image_id, label)


@dataclass(frozen=True)
class ClassCell:
    """A cell of class visualisation: its classes and where each ascent starts.

    `starts` maps the class to 'noise', an image_id of the sample, or the path of a file.
    """

    cell: Cell
    run: Run
    starts: Mapping[int, str]


class Plan:
    """Cells of a configuration."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._identities: dict[str, str] = {}
        self._code: dict[tuple[str, str, str], dict[str, Any]] = {}

    @cached_property
    def classes(self) -> Classes:
        """The 1000 classes."""
        return imagenet_classes()

    @cached_property
    def runs(self) -> dict[str, list[Run]]:
        """Family -> its runs in the order of the configuration."""
        runs = {"predictions": [Run(PREDICT, PREDICT, {})]}
        for family in RUN_FAMILIES:
            runs[family] = [self._run(family, name) for name in getattr(self.config, family).runs]
        return runs

    def _run(self, family: str, name: str) -> Run:
        parameters = run_parameters(self.config, family, name)
        if family == "saliency":
            parameters |= self.config.saliency.measures.model_dump()
        if family == "adversarial":
            parameters["targets"] = list(self.config.adversarial.targets)
        return Run(name, run_method(self.config, family, name), parameters)

    def image_cells(
        self, family: str, model: str, images: Iterable[Labelled], *, arrays: bool = False
    ) -> list[Cell]:
        """One cell a run for a batch of photographs; with `arrays` those that figures need."""
        batch = [[image_id, label] for image_id, label in sorted(images)]
        return [
            Cell(
                family,
                model,
                run.name,
                self._recipe(family, model, run) | {"images": batch, "arrays": arrays},
            )
            for run in self.runs[family]
        ]

    @cached_property
    def _classes_of_runs(self) -> dict[str, list[int]]:
        """Run of class visualisation -> its classes, its own or those of the family."""
        family = self.config.class_visualization.classes
        return {
            run.name: self._resolve(run.parameters["classes"] or family)
            for run in self.runs["class_visualization"]
        }

    def class_groups(self) -> list[list[int]]:
        """All classes that some run draws, in groups, one job each."""
        wanted = list(dict.fromkeys(c for own in self._classes_of_runs.values() for c in own))
        size = self.config.class_visualization.group_size
        return [wanted[i : i + size] for i in range(0, len(wanted), size)]

    def class_cells(
        self, model: str, group: Sequence[int], sample: Sequence[Labelled]
    ) -> list[ClassCell]:
        """One cell a run for a group of classes; `sample` is in rank order."""
        cells = []
        for run in self.runs["class_visualization"]:
            classes = [c for c in group if c in self._classes_of_runs[run.name]]
            if not classes:
                continue
            starts = {c: self._start(run, c, sample) for c in classes}
            bare = Run(run.name, run.method, _without(run.parameters, "classes", "init_img"))
            recipe = self._recipe("class_visualization", model, bare)
            recipe["starts"] = [[c, self._start_identity(starts[c])] for c in classes]
            cell = Cell("class_visualization", model, run.name, recipe)
            cells.append(ClassCell(cell, bare, starts))
        return cells

    def _resolve(self, classes: Iterable[int | str]) -> list[int]:
        """Class indices, each once, in the order given."""
        try:
            return list(dict.fromkeys(self.classes.resolve(str(c)) for c in classes))
        except InputgradError as error:
            raise ConfigError(f"class_visualization.classes: {error}") from None

    def _start(self, run: Run, class_index: int, sample: Sequence[Labelled]) -> str:
        start = str(run.parameters["init_img"])
        if start != SAMPLE:
            return start
        own = [image_id for image_id, label in sample if label == class_index]
        return own[0] if own else sample[0][0]

    def _start_identity(self, start: str) -> str:
        """'noise', an image_id as it is, or the hash of a file."""
        path = Path(start)
        if start == NOISE or not ("/" in start or path.suffix):
            return start
        if not path.is_file():
            raise ConfigError(f"class_visualization: init_img {start!r} is not a file")
        return file_digest(path)[:16]

    def _recipe(self, family: str, model: str, run: Run) -> dict[str, Any]:
        return {
            "family": family,
            "model_id": self._model_id(model),
            "method": run.method,
            "parameters": dict(run.parameters),
            "seed": self.config.seed,
            **self._code_of(family, run.method, self.config.models[model].source),
            "device": self.config.device,
            "slots": self.config.models[model].slots,
            "threads": self.config.threads,
        }

    def _model_id(self, model: str) -> str:
        if model not in self._identities:
            self._identities[model] = model_id(self.config.specifications[model])
        return self._identities[model]

    def _code_of(self, family: str, method: str, source: str) -> dict[str, Any]:
        """Code, versions of libraries, and the table's columns of (family, method, source)."""
        key = (family, method, source)
        if key not in self._code:
            rule, compute = registry.STEPS[family]
            modules = [compute, registry.module_name(family, method), SOURCES[source], WORKER]
            roots = [SCRIPTS / f"{rule}.py", *map(registry.source_file, modules)]
            left_out = fingerprint.ORCHESTRATION
            self._code[key] = {
                "code": fingerprint.fingerprint(roots, without=left_out),
                "versions": fingerprint.library_versions(roots, without=left_out),
                "columns": digest(list(tables.FAMILIES[family]), length=16),
            }
        return self._code[key]


def _without(parameters: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Parameters that say what happens to one class, not to which ones."""
    return {key: value for key, value in parameters.items() if key not in names}


def identities(cells: Iterable[Cell | ClassCell]) -> list[str]:
    """Identities in the order given: a rule's `params`."""
    return [(c.cell if isinstance(c, ClassCell) else c).identity for c in cells]


def combined(identities: Iterable[str]) -> str:
    """One digest of many identities: the `params` of what gathers them."""
    return digest(sorted(identities))
