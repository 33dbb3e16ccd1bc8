"""Draw many classes under many runs: the images along the way.

A method's `parts(settings, classifier)` says what its ascents are made of. Items whose parts are
of the same kinds share a batch, whatever their settings. The kept images are rounded to 8 bits;
what is measured later, is measured on those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from inputgrad import registry
from inputgrad.class_visualization.loop import Ascended, ClassAscent
from inputgrad.class_visualization.parts import Parts
from inputgrad.engine.records import ClassItem, Record
from inputgrad.engine.slots import run_slots
from inputgrad.images.tensors import to_pixels
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(name="iteration", kind="whole", key=True, low=0, meaning="Steps made so far."),
    Column(name="method", kind="text", meaning="Method of the run."),
    Column(name="eta", kind="real", low=0, meaning="Step size of the run."),
    Column(name="lambda", kind="real", low=0, meaning="Weight of the run's penalty."),
    Column(
        name="init",
        kind="text",
        meaning="Start: `noise`, or the image_id of the photograph that the ascent begins with.",
    ),
    Column(
        name="iterations",
        kind="whole",
        low=1,
        meaning="Steps of the whole run; `iteration` equals it in the last row, unless diverged.",
    ),
    Column(
        name="diverged",
        kind="flag",
        meaning="A step led to values that are not finite, so the ascent ended before it.",
    ),
    Column(name="l2", kind="real", low=0, meaning="L2 norm of the normalised image."),
    Column(
        name="lowest",
        kind="real",
        unit="[0, 1] units",
        meaning="Smallest colour value of the image before rounding; below 0 only in a start.",
    ),
    Column(
        name="highest",
        kind="real",
        unit="[0, 1] units",
        meaning="Largest colour value of the image before rounding; above 1 only in a start.",
    ),
)


def compute(
    classifier: Classifier, items: Sequence[ClassItem], *, seed: int, slots: int
) -> Iterator[tuple[int, list[Record]]]:
    """(position in `items`, one record for each kept iteration) in the order of finishing.

    The last record holds the array `snapshots`, uint8 (K, H, W, 3), in the order of the records.
    """
    for group in _groups(classifier, items):
        chosen = [items[position] for position in group]
        ascent = ClassAscent(classifier, chosen, _parts(classifier, chosen), seed=seed)
        for place, ascended in run_slots(ascent, range(len(chosen)), slots=slots):
            yield group[place], _records(classifier, chosen[place], ascended)


def _parts(classifier: Classifier, items: Sequence[ClassItem]) -> Parts:
    """Parts of items of one method."""
    module = registry.load("class_visualization", items[0].run.method)
    parts: Parts = module.parts([item.run.parameters for item in items], classifier)
    return parts


def _groups(classifier: Classifier, items: Sequence[ClassItem]) -> list[list[int]]:
    """Positions of items that can share a batch: of one method, their parts of the same kinds."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for position, item in enumerate(items):
        kinds = _parts(classifier, [item]).kinds
        groups.setdefault((item.run.method, *kinds), []).append(position)
    return list(groups.values())


def _records(classifier: Classifier, item: ClassItem, ascended: Ascended) -> list[Record]:
    normalized = torch.from_numpy(ascended.images).to(classifier.mean.device)
    images = classifier.denormalize(normalized)
    settings = {
        "method": item.run.method,
        "eta": getattr(item.run.parameters, "eta", None),
        "lambda": getattr(item.run.parameters, "lambda_", None),
        "init": item.start.name,
        "iterations": item.run.parameters.iterations,
        "diverged": ascended.diverged,
    }
    records = [
        Record({"iteration": moment, **settings, "l2": _l2(own)} | _range(image))
        for moment, own, image in zip(ascended.moments, ascended.images, images, strict=True)
    ]
    snapshots = np.stack([to_pixels(image) for image in images])
    records[-1].arrays["snapshots"] = snapshots
    return records


def _range(image: Tensor) -> dict[str, float]:
    return {"lowest": float(image.min()), "highest": float(image.max())}


def _l2(image: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    return float(np.sqrt((image.astype(np.float64) ** 2).sum()))
