"""Scores of many images, each by itself: one forward pass in slots of constant shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.engine.records import Pixels
from inputgrad.engine.slots import State, map_slots
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

Logits = NDArray[np.float32]


def score_images(classifier: Classifier, images: Iterable[Pixels], *, slots: int) -> list[Logits]:
    """(1000,) logits of each (H, W, 3) uint8 image, in order."""
    return [*score_tensors(classifier, map(to_tensor, images), slots=slots)]


def score_tensors(
    classifier: Classifier, images: Iterable[Tensor], *, slots: int
) -> Iterator[Logits]:
    """(1000,) logits of each image (3, H, W), float32 in [0, 1] on any device, in order.

    Images are consumed lazily, `slots` at a time.
    """
    device = classifier.mean.device

    def load(image: Tensor) -> State:
        return {"image": image.to(device)}

    def forward(state: State) -> State:
        with torch.no_grad():
            return {"logits": classifier(state["image"])}

    for row in map_slots(load, forward, images, slots=slots):
        yield row["logits"].cpu().numpy()


def confidences(logits: Logits) -> NDArray[np.float64]:
    """Softmax probabilities, (1000,), computed in float64."""
    exponentials = np.exp(logits.astype(np.float64) - float(logits.max()))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum()
    return probabilities


def rank(logits: Logits, class_index: int) -> int:
    """1 for the class that is predicted; of equal logits that of the smaller index comes first."""
    higher = (logits > logits[class_index]).sum()
    return 1 + int(higher) + int((logits[:class_index] == logits[class_index]).sum())


def is_fooled(prediction: int, *, label: int, target: int | None) -> bool:
    """Whether a prediction is what an attack wants: the target, or without one no label."""
    return prediction != label if target is None else prediction == target


def margin(logits: Logits, class_index: int) -> float:
    """Logit of a class minus the highest logit of any other: positive where it is predicted."""
    others = np.delete(logits, class_index)
    return float(logits[class_index]) - float(others.max())
