"""Scores of many images, each by itself: one forward pass in slots of constant shape."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.engine.records import Pixels
from inputgrad.engine.slots import State, run_slots
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

Logits = NDArray[np.float32]


class Scoring:
    """Procedure of a single step: image to logits."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._device = classifier.mean.device

    def start(self, item: Pixels) -> State:
        """The image and room for its 1000 logits."""
        image = to_tensor(item).to(self._device)
        return {"image": image, "logits": torch.zeros(1000, device=self._device)}

    def step(self, state: State, active: Tensor) -> Tensor:
        """One forward pass; every row is done."""
        with torch.no_grad():
            state["logits"].copy_(self._classifier(state["image"]))
        return active

    def finish(self, item: Pixels, state: State) -> Logits:
        """(1000,) logits."""
        del item
        logits: Logits = state["logits"].cpu().numpy()
        return logits

    def remaining(self, state: State) -> Tensor:
        """Nothing remains after the one step."""
        return torch.zeros(len(state["logits"]))


def score_images(classifier: Classifier, images: Iterable[Pixels], *, slots: int) -> list[Logits]:
    """(1000,) logits of each (H, W, 3) uint8 image, in order."""
    return [r for _, r in sorted(run_slots(Scoring(classifier), images, slots=slots), key=_first)]


def _first(pair: tuple[int, Logits]) -> int:
    return pair[0]


def confidences(logits: Logits) -> NDArray[np.float64]:
    """Softmax probabilities, (1000,), computed in float64."""
    exponentials = np.exp(logits.astype(np.float64) - float(logits.max()))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum()
    return probabilities


def margin(logits: Logits, class_index: int) -> float:
    """Logit of a class minus the highest logit of any other: positive where it is predicted."""
    others = np.delete(logits, class_index)
    return float(logits[class_index]) - float(others.max())
