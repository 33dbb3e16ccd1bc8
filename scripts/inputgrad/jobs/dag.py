"""What the Snakefile asks: jobs, the identities in their `params`, and what else they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.fingerprint import fingerprint, library_versions
from inputgrad.cells.plan import Labelled, Plan, combined, identities
from inputgrad.cells.timings import Rates, read_timings
from inputgrad.config.schema import Config, parse_config
from inputgrad.config.settings import runs_elsewhere
from inputgrad.engine.records import Run
from inputgrad.hashing import digest, file_digest
from inputgrad.jobs import wall_time
from inputgrad.jobs.keeping import Keeping, keeping
from inputgrad.jobs.regeneration import open_store
from inputgrad.jobs.sample import Sample, current
from inputgrad.jobs.serving import check_saliency
from inputgrad.models.specification import check
from inputgrad.photographs import READERS
from inputgrad.photographs.index import (
    Batch,
    BatchImage,
    Index,
    listing_digest,
    load_batch,
)
from inputgrad.places import SCRIPTS, TEMPLATES
from inputgrad.tables.schema import tables

BEHIND: dict[str, tuple[str, ...]] = {  # rule that computes no cell -> the same before it
    "gather_statistics": (),
    "collect_exemplars": ("gather_statistics",),
    "draw_figures": ("gather_statistics", "collect_exemplars"),
    "render_report": ("gather_statistics", "collect_exemplars", "draw_figures"),
    "record_provenance": (
        "gather_statistics",
        "collect_exemplars",
        "draw_figures",
        "render_report",
    ),
    "adversarial_images": ("gather_statistics",),
}
IMAGE_TABLES = tuple(n for n, t in registry.TECHNIQUES.items() if t.items == "photographs")


class Dag:
    """Jobs of a configuration, for the Snakefile and the commands that look at them."""

    def __init__(
        self, config: Config, *, templates: Path = TEMPLATES, images: Path | None = None
    ) -> None:
        """Templates of the report, and where index and batches are unless in the results."""
        self.config = config
        self.plan = Plan(config)
        self.results = config.results
        self.store = open_store(config.results)
        self.models = list(config.models)
        self.tables = list(tables())
        self._images = images or config.results / "images"
        self._index_file = self._images / "index.json"
        self._templates = templates
        self._indexed: Sample | None = None
        self._batches: dict[str, Batch] = {}

    @classmethod
    def from_config(cls, content: Mapping[str, Any]) -> Dag:
        """Check the configuration and what it names, before any job starts."""
        return cls.checked(parse_config(content))

    @classmethod
    def checked(cls, config: Config, *, images: Path | None = None) -> Dag:
        """Check what a configuration names: classes, architectures, weights, methods for them."""
        dag = cls(config, images=images)
        dag.plan.check_classes()
        dag.plan.check_starts()
        dag.plan.check_trainings()
        for specification in dag.config.specifications.values():
            check(specification)
        check_saliency(dag.config)
        return dag

    def index(self) -> Index:
        """The sample."""
        return self._sample().index

    def sampled(self) -> frozenset[Labelled]:
        """(image_id, label) of the sample's photographs."""
        return self._sample().pairs

    def _sample(self) -> Sample:
        """The sample; read again only when the file has changed."""
        self._indexed = current(self._index_file, self.plan, self._indexed)
        return self._indexed

    def batch(self, key: str) -> Batch:
        """A stored batch of photographs."""
        if key not in self._batches:
            self._batches[key] = load_batch(self._images / "batches" / f"{key}.json")
        return self._batches[key]

    def batch_cells(self, table: str, model: str, batch: str) -> list[Cell]:
        """Cells of one job: of the whole batch where it alone is stored, else of what is sampled.

        So photographs that have left the sample cost nothing, nor must their files exist.
        """
        sample = self._sample()
        if (known := sample.whole.get((table, model, batch))) is not None:
            return known
        images, needed = self._pairs(batch)
        whole = self.plan.image_cells(table, model, images, fixed=sample.fixed, boxes=sample.boxes)
        if len(needed) == len(images):
            sample.whole[table, model, batch] = whole
            return whole
        part = self.plan.image_cells(table, model, needed, fixed=sample.fixed, boxes=sample.boxes)
        lacking = {cell.base.identity for cell in [*whole, *part] if cell not in self.store}
        return [
            w if w.base.identity not in lacking and p.base.identity in lacking else p
            for w, p in zip(whole, part, strict=True)
        ]

    def _pairs(self, batch: str) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
        """(image_id, label) of all photographs of a batch, and of those that are sampled."""
        sample = self._sample()
        if batch not in sample.of_batch:
            whole = [(image.image_id, image.label) for image in self.batch(batch).images]
            sample.of_batch[batch] = whole, [pair for pair in whole if pair in sample.pairs]
        return sample.of_batch[batch]

    def before(self, table: str) -> list[str]:
        """Techniques of whose outcomes runs of a technique make use."""
        named = (runs_elsewhere(run.parameters).values() for run in self.plan.runs[table])
        return sorted({technique for runs in named for technique, _ in runs})

    def cells_alone(self, table: str, model: str, image: BatchImage) -> list[Cell]:
        """Cells of one photograph of the sample by itself, as figures show it."""
        pair = (image.image_id, image.label)
        sample = self._sample()
        return self.plan.image_cells(table, model, [pair], fixed=sample.fixed, boxes=sample.boxes)

    def image_cells(self) -> Iterator[Cell]:
        """Cells of every photograph of the sample."""
        for model in self.models:
            for batch in self.index().batches:
                for table in IMAGE_TABLES:
                    yield from self.batch_cells(table, model, batch)

    def class_cells(self) -> Iterator[Cell]:
        """Cells of every class that is drawn."""
        for model in self.models:
            for group in self.groups:
                yield from self.group_cells(model, group)

    def judging(self) -> Iterator[tuple[str, str]]:
        """(judging model, batch or group) of every job that judges something."""
        kinds = {"photographs": self.index().batches, "classes": self.groups}
        for kind, keys in kinds.items():
            for model in self.judges(kind):
                yield from ((model, key) for key in keys)

    def judges(self, kind: str) -> list[str]:
        """Models that judge images made from photographs, or of classes."""
        judging = [j for technique in _judged(kind) for j in self.plan.judgements[technique]]
        return [m for m in self.models if any(m in j.models and j.runs for j in judging)]

    def judge_cells(self, model: str, key: str) -> list[Cell]:
        """Cells of one job: what a model says of the images of a batch or group."""
        known = self._sample().judged
        if key not in known:
            known[key] = [cell for cell in self._made(key) if cell is cell.base]
        if key not in self.groups:
            return self.plan.judgement_cells(model, known[key])
        return self._beside_photographs(model, known[key])

    def _beside_photographs(self, model: str, judged: Sequence[Cell]) -> list[Cell]:
        """What a model says of pictures of classes, beside photographs where it takes any.

        Whole batches where these alone are stored, else what is sampled of them.
        """
        sample = self._sample()
        both = [self._pairs(key) for key in sample.index.batches]
        sizes = [len(whole) for whole, _ in both]
        cells, others = (
            self.plan.judgement_cells(
                model,
                judged,
                batches=[*zip(sizes, wanted, strict=True)],
                sample=sample.listed,
            )
            for wanted in ([whole for whole, _ in both], [part for _, part in both])
        )
        pairs = zip(cells, others, strict=True)
        return [w if w in self.store and p not in self.store else p for w, p in pairs]

    def _made(self, key: str) -> Iterator[Cell]:
        """Cells of a batch or group whose images are judged, of every model."""
        for source in self.models:
            if key in self.groups:
                yield from self.group_cells(source, key)
            else:
                for technique in _judged("photographs"):
                    yield from self.batch_cells(technique, source, key)

    def keeping(self) -> Keeping:
        """Which arrays are kept."""
        return keeping(self.plan, photographs=len(self.index().images))

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Key of a group of classes -> its classes."""
        return {digest(group, length=12): group for group in self.plan.class_groups()}

    @cached_property
    def trainings(self) -> dict[str, Run]:
        """Key of a training -> the run of the attack that is trained."""
        return {digest(run.name, length=12): run for run in self.plan.runs[registry.TRAINED]}

    def training_cells(self, model: str, key: str) -> list[Cell]:
        """Cells of one job that trains."""
        return [self.plan.training_cell(model, self.trainings[key])]

    def group_cells(self, model: str, group: str) -> list[Cell]:
        """Cells of one job of class visualisation."""
        return self.plan.class_cells(model, self.groups[group], self._sample().listed)

    def photographs_of(self, key: str) -> Sequence[BatchImage]:
        """The photographs that a job on a batch, or on a group of classes, may need."""
        return self.located() if key in self.groups else self.batch(key).images

    def located(self) -> list[BatchImage]:
        """The sample in rank order, each photograph with the place of its file."""
        index = self.index()
        placed = {i.image_id: i for key in index.batches for i in self.batch(key).images}
        return [placed[image.image_id] for image in index.images]

    def sample_digest(self) -> str:
        """One digest of every cell of the configuration and of the sample itself."""
        sample = self._sample()
        if sample.digest is None:
            sample.digest = self._digest_of(sample.index)
        return sample.digest

    def _digest_of(self, index: Index) -> str:
        judged = (cell for job in self.judging() for cell in self.judge_cells(*job))
        every = identities([*self.image_cells(), *self.class_cells(), *judged])
        photographs = [[i.image_id, i.label, i.file, i.source] for i in index.images]
        shown = self.config.model_dump(
            mode="json", include={"title", "report", "images"}, exclude={"images": {"sources"}}
        )
        shown |= {
            table: [section.shown, section.shown_by]
            for table in ("saliency", "adversarial")
            for section in [getattr(self.config, table)]
        }
        names = [self.models, [[t, r.name] for t, runs in self.plan.runs.items() for r in runs]]
        refused = [[r.file, r.reason, r.source] for r in index.refused]
        return digest([combined(every), photographs, refused, shown, names])

    def devices(self) -> set[str]:
        """Kinds of device that the cells of this configuration were computed on."""
        cells = (cell for cell in self.image_cells() if cell in self.store)
        return {self.store.stored(cell.identity).device for cell in cells}

    def code_of(self, rule: str) -> str:
        """Digest of the code and libraries of a rule that computes no cell.

        Of those that it depends on as well, so that it runs again even if a kill came between them.
        """
        roots = [SCRIPTS / f"{name}.py" for name in (*BEHIND[rule], rule)]
        return digest([fingerprint(roots), library_versions(roots)])

    def minutes(self, cells: Iterable[Cell], *, attempt: int) -> int:
        """For how long a scheduler should let a job run that completes the cells."""
        return wall_time.minutes(self._rates, self.store, cells, attempt=attempt)

    @cached_property
    def _rates(self) -> Rates:
        return Rates(read_timings(self.store.timings))

    @cached_property
    def templates_digest(self) -> str:
        """Digest of every file of `report_templates/`."""
        return self._digest_of_files("*")

    @cached_property
    def figure_words_digest(self) -> str:
        """Digest of the words and names that figures contain, in every language."""
        return self._digest_of_files("figures.toml", "labels.toml")

    def _digest_of_files(self, *patterns: str) -> str:
        found = (path for pattern in patterns for path in self._templates.rglob(pattern))
        files = sorted(path for path in found if path.is_file())
        return digest([[p.relative_to(self._templates).as_posix(), file_digest(p)] for p in files])

    def listing_digest(self) -> str:
        """Digest of what the sources list, of how they are read and of how they are sampled."""
        images = self.config.images
        sampling = [self.config.seed, images.n, images.batch_size]
        code = fingerprint(map(registry.source_file, READERS))
        return digest([listing_digest(self.config.photograph_sources), code, sampling])


def _judged(kind: str) -> list[str]:
    """Techniques whose images are judged, of one kind of items."""
    return [name for name in registry.JUDGEMENTS if registry.TECHNIQUES[name].items == kind]
