"""From the items of a cell, which are names, to photographs and starts that can be computed on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import NOISE
from inputgrad.engine.inputs import fitted
from inputgrad.engine.records import (
    ClassItem,
    ImageItem,
    LabelledImage,
    Pixels,
    Run,
    Start,
    TrainingItem,
)
from inputgrad.errors import PhotographError
from inputgrad.images.geometry import Box, Size, fitted_boxes
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.index import BatchImage
from inputgrad.photographs.reading import read_photograph

logger = logging.getLogger(__name__)

Item = ImageItem | ClassItem | TrainingItem
TRAINING = "training"  # the one item of a training's cell


class Items:
    """The photographs of one job at the model's input size, each read once."""

    def __init__(self, classifier: Classifier, images: Iterable[BatchImage]) -> None:
        self._classifier = classifier
        self._images = {image.image_id: image for image in images}
        self._pixels: dict[str, Pixels] = {}
        self._sizes: dict[str, Size] = {}  # of the photographs themselves
        self._errors: dict[str, str] = {}

    def of_cell(self, cell: Cell, run: Run) -> list[Item]:
        """The items of a cell; photographs that cannot be read are left out."""
        if registry.TECHNIQUES[cell.table].items == "classes":
            return [ClassItem(index, self._start(start, run), run) for index, start in cell.items]
        policy = cell.recipe.get("target_policy")
        return [
            ImageItem(LabelledImage(image_id, label, pixels), run, policy, *fixed_target)
            for image_id, label, *fixed_target in cell.items
            if (pixels := self._read(image_id)) is not None
        ]

    def of_training(self, cell: Cell, run: Run, paths: Mapping[str, Path]) -> list[Item]:
        """The one item of a training: all of its photographs, which are in `paths`."""
        photographs = tuple(
            fitted(read_photograph(paths[image_id], expected=image_id), self._classifier)
            for (image_id,) in cell.items
        )
        return [TrainingItem(photographs, int(cell.recipe["target"]), run)]

    def unreadable(self, cell: Cell) -> Iterator[dict[str, Any]]:
        """A row for each photograph of a cell that cannot be read, once `of_cell` has tried."""
        for image_id, label in cell.items:
            if image_id in self._errors:
                yield {"image_id": image_id, "label": label, "error": self._errors[image_id]}

    def boxes(self, cell: Cell) -> dict[str, tuple[Box, ...]]:
        """The boxes that the items of a measure's cell hold, as they are in the network's input."""
        resize, crop = self._classifier.resize_size, self._classifier.input_size
        return {
            image_id: fitted_boxes(boxes, self._sizes[image_id], resize=resize, crop=crop)
            for image_id, *_, boxes in cell.items
            if image_id in self._sizes
        }

    def pixels(self, image_id: str) -> Pixels | None:
        """A photograph at the model's input size; None where it cannot be read."""
        return self._read(image_id)

    def _read(self, image_id: str) -> Pixels | None:
        if image_id not in self._pixels and image_id not in self._errors:
            try:
                photograph = read_photograph(self._images[image_id].path, expected=image_id)
                self._pixels[image_id] = fitted(photograph, self._classifier)
                self._sizes[image_id] = photograph.size
            except PhotographError as error:
                logger.warning("%s", error)
                self._errors[image_id] = str(error)
        return self._pixels.get(image_id)

    def _start(self, name: str, run: Run) -> Start:
        """Noise, a photograph of the sample, or the file that the run names."""
        if name == NOISE:
            return Start(name)
        if image := self._images.get(name):
            photograph = read_photograph(image.path, expected=name)
        else:
            photograph = read_photograph(Path(str(run.parameters.init_img)))
        return Start(name, fitted(photograph, self._classifier))


def key_of(item: Item) -> str:
    """What names an item within its cell."""
    if isinstance(item, TrainingItem):
        return TRAINING
    return item.image.image_id if isinstance(item, ImageItem) else str(item.class_index)


def about(item: Item) -> dict[str, Any]:
    """What a row says of its item, whatever the method."""
    if isinstance(item, TrainingItem):
        return {}
    if isinstance(item, ClassItem):
        return {"class_index": item.class_index}
    named = {"image_id": item.image.image_id, "label": item.image.label}
    policy = {} if item.target_policy is None else {"target_policy": item.target_policy}
    return named | policy
