"""What a configuration needs and what of it is stored, looked at without changing anything."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inputgrad.cells.plan import ClassCell
from inputgrad.cells.store import Cell
from inputgrad.config.schema import Config
from inputgrad.jobs.complete import gather
from inputgrad.jobs.dag import IMAGE_FAMILIES, Dag, choose_photographs
from inputgrad.tables.gathering import choose_exemplars, of_sample


@dataclass(frozen=True)
class Job:
    """Cells that one job computes together: of one rule's family and model, and batch or group."""

    family: str
    model: str
    key: str
    cells: tuple[Cell | ClassCell, ...]

    @property
    def plain_cells(self) -> list[Cell]:
        """The cells, those of classes without their starts."""
        return [c.cell if isinstance(c, ClassCell) else c for c in self.cells]


@contextmanager
def relisted(config: Config) -> Iterator[Dag]:
    """The DAG of a configuration and of what its sources offer now.

    Index and batches are made anew in a temporary folder, from a copy of those in the results:
    they are the ones that `add_images` would make.
    """
    stored = config.results / "images"
    with tempfile.TemporaryDirectory(prefix="inputgrad-") as name:
        folder = Path(name)
        if (stored / "batches").is_dir():
            shutil.copytree(stored / "batches", folder / "batches")
        if (stored / "file_hashes").is_file():
            shutil.copyfile(stored / "file_hashes", folder / "file_hashes")
        choose_photographs(config, folder=folder)
        yield Dag.checked(config, images=folder)


def jobs(dag: Dag) -> Iterator[Job]:
    """Every job that computes cells, without those of the exemplars' pictures."""
    for model in dag.models:
        for batch in dag.index().batches:
            for family in IMAGE_FAMILIES:
                yield Job(family, model, batch, tuple(dag.batch_cells(family, model, batch)))
        for group in dag.groups:
            yield Job("class_visualization", model, group, tuple(dag.group_cells(model, group)))


def exemplars(dag: Dag) -> list[str] | None:
    """`image_id` of the photographs that the figures will show; None before all are predicted."""
    cells = [cell for cell in dag.image_cells() if cell.family == "predictions"]
    if any(cell not in dag.store for cell in cells):
        return None
    index = dag.index()
    predictions = of_sample(gather("predictions", dag.store, cells), index)
    return choose_exemplars(index, predictions, n=dag.config.images.exemplars)


def chosen_exemplars(dag: Dag) -> list[str]:
    """`image_id` of the photographs that the figures showed last; none before the first run."""
    path = dag.results / "statistics" / "exemplars.json"
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def exemplar_jobs(dag: Dag, chosen: Iterable[str]) -> Iterator[Job]:
    """Jobs of the pictures of the chosen photographs, those in the sample."""
    wanted = set(chosen)
    images = [image for image in dag.located() if image.image_id in wanted]
    for model in dag.models:
        for family in IMAGE_FAMILIES:
            yield Job(family, model, "", tuple(dag.exemplar_cells(family, model, images)))
