"""Saliency maps of the labels, and their measures, for many photographs.

Beside the map of the label two more are taken: that of the photograph plus Gaussian noise (is
the map stable?) and that of another class, drawn from the seed and the photograph (does the map
depend on the class at all? Adebayo et al. 2018 ask the like of the weights).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from inputgrad import registry
from inputgrad.engine.randomness import generator, other_class
from inputgrad.engine.records import LabelledImage, Record, Run, by_method
from inputgrad.engine.slots import State, run_slots
from inputgrad.images import maps
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier

CLASSES = 1000


@dataclass(frozen=True)
class Explanation:
    """One photograph under one run."""

    sample: LabelledImage
    run: Run
    seed: int


class Explaining:
    """Procedure of a single step: three maps of every photograph."""

    def __init__(self, classifier: Classifier, method: str) -> None:
        self._classifier = classifier
        self._attribute = registry.load("saliency", method).attribute
        self._device = classifier.mean.device

    def start(self, item: Explanation) -> State:
        """The photograph, its noise, its two classes, and room for the maps."""
        image = to_tensor(item.sample.pixels)
        key, label = item.sample.image_id, item.sample.label
        noise = torch.randn(image.shape, generator=generator(item.seed, key, "saliency noise"))
        other = other_class(item.seed, key, "saliency class", label=label, classes=CLASSES)
        state = {
            "image": image,
            "noisy": (image + item.run.parameters["noise_sd"] * noise).clamp(0, 1),
            "label": torch.tensor(label),
            "other": torch.tensor(other),
            "maps": torch.zeros(3, *image.shape[1:]),
            "score": torch.zeros(()),
            "prediction": torch.tensor(0),
            "gradient_l2": torch.zeros(()),
            "zero": torch.tensor(False),
        }
        return {name: tensor.to(self._device) for name, tensor in state.items()}

    def step(self, state: State, active: Tensor) -> Tensor:
        """Maps of the label, of the noisy photograph, of the other class; every row is done."""
        plain = self._attribute(self._classifier, state["image"], state["label"])
        noisy = self._attribute(self._classifier, state["noisy"], state["label"])
        other = self._attribute(self._classifier, state["image"], state["other"])
        state["maps"].copy_(torch.stack([plain.maps, noisy.maps, other.maps], dim=1))
        state["score"].copy_(plain.scored.score)
        state["prediction"].copy_(plain.scored.logits.argmax(dim=1))
        state["gradient_l2"].copy_(plain.scored.gradient.flatten(1).norm(dim=1))
        state["zero"].copy_(plain.scored.zero)
        return active

    def finish(self, item: Explanation, state: State) -> Record:
        """The row of the table `saliency`, the map and its box."""
        plain, noisy, other = state["maps"].cpu().numpy()
        box = maps.salient_box(plain, quantile=item.run.parameters["box_quantile"])
        similarity = maps.rank_correlation(plain, other)
        row: dict[str, Any] = {
            "image_id": item.sample.image_id,
            "run": item.run.name,
            "method": item.run.method,
            "label": item.sample.label,
            "prediction": int(state["prediction"]),
            "score": float(state["score"]),
            "gradient_l2": float(state["gradient_l2"]),
            "zero_gradient": bool(state["zero"]),
            "half_mass_share": maps.half_mass_share(plain),
            "gini": maps.gini(plain),
            "stability_spearman": maps.rank_correlation(plain, noisy),
            "class_sensitivity": None if similarity is None else 1 - similarity,
            "box_share": None if box is None else _area(box) / plain.size,
        }
        return Record(row, {"saliency": plain} | ({} if box is None else {"box": np.array(box)}))

    def remaining(self, state: State) -> Tensor:
        """Nothing remains after the one step."""
        return torch.zeros(len(state["score"]))


def _area(box: tuple[int, int, int, int]) -> int:
    top, left, bottom, right = box
    return (bottom - top) * (right - left)


def compute(
    classifier: Classifier,
    samples: Sequence[LabelledImage],
    runs: Sequence[Run],
    *,
    seed: int,
    slots: int,
) -> Iterator[tuple[str, Record]]:
    """(run, record) for every sample and run, in the order of finishing."""
    for method, group in by_method(runs):
        items = [Explanation(sample, run, seed) for run in group for sample in samples]
        for position, record in run_slots(Explaining(classifier, method), items, slots=slots):
            yield items[position].run.name, record
