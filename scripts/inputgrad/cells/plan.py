"""Which cells a configuration needs, known without torch: what the DAG is built from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inputgrad import registry
from inputgrad.cells.cell import Cell, CellItem
from inputgrad.cells.fixed_targets import FixedTargets, fixed_targets, resolved
from inputgrad.cells.recipes import Recipes
from inputgrad.config.runs import Judging, Measuring
from inputgrad.config.schema import Config
from inputgrad.config.settings import read_constant, runs_elsewhere
from inputgrad.engine.records import Run
from inputgrad.errors import ConfigError, InputgradError, PhotographError, unknown
from inputgrad.hashing import digest, file_digest
from inputgrad.images.geometry import Box
from inputgrad.photographs.classes import Classes, imagenet_classes
from inputgrad.photographs.index import IndexedImage

if TYPE_CHECKING:
    from inputgrad.photographs.training import TrainingPhotographs

CLASSES = "class_visualization"
NOISE, SAMPLE = "noise", "sample"

Labelled = tuple[str, int]  # (image_id, label)


@dataclass(frozen=True)
class Wanted:
    """What the cells of a run cover, its target policy, and the items with their boxes."""

    items: tuple[CellItem, ...]
    named: Mapping[str, str] = field(default_factory=dict)
    boxes: Mapping[str, Sequence[Box]] = field(default_factory=dict)

    def plain(self) -> Wanted:
        """The same items as techniques have them that attack nothing."""
        return Wanted(tuple(item[:2] for item in self.items))

    def boxed(self) -> tuple[CellItem, ...]:
        """The items as measures have them that take the boxes of the photographs."""
        return tuple((*item, tuple(self.boxes.get(item[0], ()))) for item in self.items)


class Plan:
    """Cells of a configuration."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.runs: Mapping[str, list[Run]] = config.typed_runs
        self.measures: Mapping[str, list[Measuring]] = config.typed_measures
        self.judgements: Mapping[str, list[Judging]] = config.typed_judgements
        self._recipes = Recipes(config)
        self._training: dict[str, TrainingPhotographs] = {}

    @cached_property
    def classes(self) -> Classes:
        """The 1000 classes."""
        return imagenet_classes()

    def fixed_targets(self, images: Collection[IndexedImage]) -> FixedTargets:
        """Classes of the sample under the target policy `fixed`; none where it is not run."""
        given = self.config.adversarial.fixed
        if given is None:
            return FixedTargets()
        found = fixed_targets(given, images, self.classes, whole=self.config.images.n is None)
        for run in self.runs[registry.TRAINED]:
            seen = self.training_of(run).seen
            if all(i.image_id in seen or found.of(i.image_id) == i.label for i in images):
                raise ConfigError(
                    f"{_where(run)}: every photograph of the sample is one that it is trained on, "
                    "or has the target for its label, so none is left to attack; name others"
                )
        return found

    def check_trainings(self) -> None:
        """ConfigError where an attack is trained on what is no photograph, or on too few."""
        for run in self.runs[registry.TRAINED]:
            self.training_of(run)

    def training_of(self, run: Run) -> TrainingPhotographs:
        """What a trained attack learns from."""
        if run.name not in self._training:
            from inputgrad.photographs.training import training_photographs  # loads Pillow

            module = registry.source_file(registry.TRAININGS[run.method])
            self._training[run.name] = training_photographs(
                run.parameters.training,
                fewest=int(read_constant(module, "FEWEST")),
                method=run.method,
                where=_where(run),
            )
        return self._training[run.name]

    def training_cell(self, model: str, run: Run) -> Cell:
        """The cell of what a trained attack has learnt of a model; the sample has no part in it."""
        table, given = registry.TRAINED, self.config.adversarial.fixed
        assert given is not None, "a trained attack has a target"
        named = {"training": run.method, "target": resolved(given, self.classes)}
        modules = [registry.TRAININGS[run.method]]
        recipe = dict(self._recipes.of(table, model, modules, named, run.parameters))
        del recipe["slots"]  # its batches have a length of their own
        items = tuple((image_id,) for image_id in self.training_of(run).paths)
        return Cell(table, model, run.name, items, (), recipe)

    def image_cells(
        self,
        table: str,
        model: str,
        images: Iterable[Labelled],
        *,
        fixed: FixedTargets | None = None,
        boxes: Mapping[str, Sequence[Box]] | None = None,
    ) -> list[Cell]:
        """Cells for a batch of photographs.

        For each run (and target policy of an attack) the method's cell, then those of its measures.
        `fixed` are needed for the policy of that name; `boxes` by image_id belong to the items of
        measures that take them.
        """
        items = tuple(sorted(images))
        known = boxes or {}
        return [
            cell
            for run in self.runs[table]
            for wanted in (
                self._aimed(run, items, fixed, known)
                if table == "adversarial"
                else [Wanted(items, boxes=known)]
            )
            for cell in self._with_measures(table, model, run, wanted)
        ]

    def _aimed(
        self,
        run: Run,
        items: Sequence[Labelled],
        fixed: FixedTargets | None,
        boxes: Mapping[str, Sequence[Box]],
    ) -> list[Wanted]:
        """What is attacked under every target policy of a run."""
        found: list[Wanted] = []
        for policy in self.config.policies[run.name]:
            own: tuple[CellItem, ...] = tuple(items)
            if policy == "fixed":
                assert fixed is not None, "the policy `fixed` is given the targets"
                seen = self.training_of(run).seen if run.method in registry.TRAININGS else ()
                own = tuple(
                    (image_id, label, None if image_id in seen else fixed.of(image_id))
                    for image_id, label in items
                )
            found.append(Wanted(own, {"target_policy": policy}, boxes))
        return found

    @cached_property
    def _classes_of_runs(self) -> dict[str, list[int]]:
        """Run of class visualisation -> its classes, its own or those of all runs."""
        general = self.config.class_visualization.classes
        resolved = self._resolve(general, CLASSES)
        return {
            run.name: self._resolve(run.parameters.classes, f"{CLASSES}.runs.{run.name}")
            if run.parameters.classes
            else resolved
            for run in self.runs[CLASSES]
        }

    def check_classes(self) -> None:
        """ConfigError where the configuration names a class that does not exist."""
        self.class_groups()
        if (given := self.config.adversarial.fixed) is not None:
            resolved(given, self.classes)

    def class_groups(self) -> list[list[int]]:
        """All classes that some run draws, in groups, one job each."""
        wanted = list(dict.fromkeys(c for own in self._classes_of_runs.values() for c in own))
        size = self.config.class_visualization.group_size
        return [wanted[i : i + size] for i in range(0, len(wanted), size)]

    def class_cells(
        self, model: str, group: Sequence[int], sample: Sequence[Labelled]
    ) -> list[Cell]:
        """Cells of one class each for a group of classes; `sample` is in rank order."""
        return [
            cell
            for run in self.runs[CLASSES]
            for class_index in group
            if class_index in self._classes_of_runs[run.name]
            for wanted in [Wanted(((class_index, self._start(run, class_index, sample)),))]
            for cell in self._with_measures(CLASSES, model, run, wanted)
        ]

    def _resolve(self, classes: Iterable[int | str], section: str) -> list[int]:
        """Class indices in the order given; ConfigError where two entries mean one class."""
        found: dict[int, int | str] = {}
        for entry in classes:
            try:
                index = self.classes.resolve(str(entry))
            except InputgradError as error:
                raise ConfigError(f"{section}.classes: {error}") from None
            if index in found:
                raise ConfigError(
                    f"{section}.classes: {found[index]!r} and {entry!r} are the same class, "
                    f"{index} ({self.classes.name(index)}); name it once"
                )
            found[index] = entry
        return list(found)

    def check_starts(self) -> None:
        """ConfigError where an ascent begins with something that is no readable image."""
        for run in self.runs[CLASSES]:
            start = run.parameters.init_img
            if start not in (NOISE, SAMPLE):
                self._check_start(Path(start), where=f"{CLASSES}.runs.{run.name}.init_img")

    def _check_start(self, path: Path, *, where: str) -> None:
        from inputgrad.photographs.reading import read_photograph  # loads Pillow, rarely needed

        if not path.is_file():
            words = unknown("start", str(path), (NOISE, SAMPLE))
            raise ConfigError(f"{where}: {words}, or the path of an image: there is no such file")
        try:
            read_photograph(path)
        except PhotographError as error:
            raise ConfigError(f"{where}: {path} {error}") from None

    def _start(self, run: Run, class_index: int, sample: Sequence[Labelled]) -> str:
        """Where an ascent starts: 'noise', an image_id, or the hash of a file."""
        start = str(run.parameters.init_img)
        if start == SAMPLE:
            own = [image_id for image_id, label in sample if label == class_index]
            return own[0] if own else sample[0][0]
        return start if start == NOISE else file_digest(Path(start))[:16]

    def _with_measures(self, table: str, model: str, run: Run, wanted: Wanted) -> Iterator[Cell]:
        """The method's cell and the cells of what is measured on it.

        What a measure takes from other runs are their cells of the same items.
        """
        base = self._base(table, model, run, wanted)
        yield base
        for measure in self.measures[table]:
            if run.name in measure.runs:
                module = registry.measure_name(table, measure.name)
                named = {"measure": measure.name}
                recipe = self._recipes.of(table, model, [module], named, measure.parameters)
                others = (self._run(table, name) for name in measure.inputs)
                inputs = (self._base(table, model, other, wanted) for other in others)
                items = wanted.boxed() if takes_boxes(module) else wanted.items
                yield Cell(table, model, run.name, items, (base, *inputs), recipe)

    def _base(self, table: str, model: str, run: Run, wanted: Wanted) -> Cell:
        """The cell of a run's method, with those of what it names or is trained to."""
        modules = registry.modules_of(table, run.method, run.parameters)
        named = {"method": run.method, **wanted.named}
        recipe = self._recipes.of(table, model, modules, named, run.parameters)
        inputs = tuple(
            self._base(technique, model, self._run(technique, name), wanted.plain())
            for technique, name in runs_elsewhere(run.parameters).values()
        )
        if run in self.runs[registry.TRAINED]:
            inputs += (self.training_cell(model, run),)
        return Cell(table, model, run.name, wanted.items, inputs, recipe)

    def judgement_cells(
        self,
        judge: str,
        cells: Iterable[Cell],
        *,
        batches: Sequence[tuple[int, Sequence[Labelled]]] = (),
        sample: Sequence[Labelled] = (),
    ) -> list[Cell]:
        """What a model has to say of the methods' cells among `cells`, of whichever model each.

        A judgement that takes photographs has a cell for each of the `batches`, which are their
        size and those photographs of them that are wanted; `sample` is in rank order.
        """
        return [
            Cell(judging.name, judge, cell.run, cell.items, (cell,), recipe)
            for cell in cells
            if cell is cell.base
            for judging in self.judgements.get(cell.table, ())
            if judge in judging.models and cell.run in judging.runs
            for recipe in self._judged_beside(judging, judge, cell, batches, sample)
        ]

    def _judged_beside(
        self,
        judging: Judging,
        judge: str,
        cell: Cell,
        batches: Sequence[tuple[int, Sequence[Labelled]]],
        sample: Sequence[Labelled],
    ) -> Iterator[Mapping[str, Any]]:
        """The recipe of a judgement, or one for each batch of photographs that it takes.

        Those of the first batches, until there are as many as its parameters say; and of the
        sample the first one of the class that was drawn.
        """
        recipe = self._judging(judging, judge)
        if not takes_photographs(judging.module):
            yield recipe
            return
        ((class_index, _),) = cell.items
        of_the_class = next((list(own) for own in sample if own[1] == class_index), None)
        count = 0
        for size, wanted in batches:
            if count < judging.parameters.photographs:
                photographs = [list(one) for one in sorted(wanted)]
                yield {**recipe, "photographs": photographs, "of_the_class": of_the_class}
            count += size

    def _judging(self, judging: Judging, judge: str) -> Mapping[str, Any]:
        modules, named = [judging.module], {"judgement": judging.name}
        return self._recipes.of(judging.name, judge, modules, named, judging.parameters)

    def _run(self, technique: str, name: str) -> Run:
        return next(run for run in self.runs[technique] if run.name == name)


def _where(run: Run) -> str:
    """The key that says what a trained attack learns from."""
    return f"adversarial.runs.{run.name}.training"


@cache
def takes_boxes(module: str) -> bool:
    """Whether a measure's module says that it takes the boxes of the photographs."""
    return bool(read_constant(registry.source_file(module), "TAKES_BOXES"))


@cache
def takes_photographs(module: str) -> bool:
    """Whether a judgement's module says that it lays photographs beside what it judges."""
    return bool(read_constant(registry.source_file(module), "TAKES_PHOTOGRAPHS"))


def identities(cells: Iterable[Cell]) -> list[str]:
    """Identities in the order given: a rule's `params`."""
    return [cell.identity for cell in cells]


def combined(identities: Iterable[str]) -> str:
    """One digest of many identities: the `params` of what gathers them."""
    return digest(sorted(identities))
