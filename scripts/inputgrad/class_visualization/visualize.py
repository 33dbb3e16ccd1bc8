"""Draw many classes under many runs, and score what was drawn.

The kept images are rounded to 8 bits and scored as images, unshifted: the row says what the
network makes of the picture in the report, not of the tensor inside the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from inputgrad.class_visualization.ascent import Ascended, ClassAscent, Start, Visualization
from inputgrad.class_visualization.transforms import total_variation
from inputgrad.engine.records import Record, Run
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.slots import run_slots
from inputgrad.images.maps import half_mass_share
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier

__all__ = ["Start", "Visualization", "compute"]


def compute(
    classifier: Classifier, items: Sequence[Visualization], *, slots: int
) -> Iterator[tuple[Run, list[Record]]]:
    """(run, records of one class by iteration) in the order of finishing."""
    if not items:
        return
    for _, ascended in run_slots(ClassAscent(classifier, items), items, slots=slots):
        yield ascended.item.run, _records(classifier, ascended, slots=slots)


def _records(classifier: Classifier, ascended: Ascended, *, slots: int) -> list[Record]:
    images = torch.from_numpy(ascended.images).to(classifier.mean.device)
    pixels = [to_pixels(image) for image in classifier.denormalize(images)]
    logits = score_images(classifier, pixels, slots=slots)
    item, rows = ascended.item, []
    for moment, normalised, drawn, scores in zip(
        item.moments, ascended.images, pixels, logits, strict=True
    ):
        row: dict[str, Any] = {
            "class_index": item.class_index,
            "run": item.run.name,
            "iteration": moment,
            "preset": item.run.method,
            "eta": float(item.run.parameters["eta"]),
            "lambda": float(item.run.parameters["lambda"]),
            "init": item.start.name,
            "iterations": int(item.run.parameters["iterations"]),
            "score": float(scores[item.class_index]),
            "probability": float(confidences(scores)[item.class_index]),
            "prediction": int(scores.argmax()),
            "l2": float(np.sqrt((normalised.astype(np.float64) ** 2).sum())),
            "total_variation": total_variation(to_tensor(drawn)),
        }
        rows.append(row)
    rows[-1]["half_mass_share"] = half_mass_share(ascended.saliency)
    prefix = f"{item.class_index}/"
    arrays: dict[str, NDArray[Any]] = {
        prefix + "snapshots": np.stack(pixels),
        prefix + "map": ascended.saliency,
    }
    return [Record(row, arrays if row is rows[-1] else {}) for row in rows]
