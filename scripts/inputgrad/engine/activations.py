"""What a network makes of images, layer by layer: channel means of its feature maps, and scores.

The feature maps are those at the three depths that `models/layers.py` names. Each is averaged over
its positions, so that two images with the same parts in other places have the same activations;
the means are taken of one row at a time, in float64, so they depend on no neighbour in the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inputgrad.engine.records import Pixels
from inputgrad.engine.slots import State, map_slots
from inputgrad.errors import ModelError
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.feature_maps import target_layer
from inputgrad.models.layers import DEPTHS

LOGITS = "logits"
STAGES = (*DEPTHS, LOGITS)

Activations = dict[str, NDArray[np.float64]]


def activations(
    classifier: Classifier, images: Iterable[Pixels], *, slots: int
) -> Iterator[Activations]:
    """Stage of `STAGES` -> a vector, for each (H, W, 3) uint8 image, in order.

    Without the depths that a network has not; a transformer without feature maps has logits alone.
    """
    device = classifier.mean.device
    layers = _layers(classifier)

    def load(pixels: Pixels) -> State:
        return {"image": to_tensor(pixels).to(device)}

    def forward(state: State) -> State:
        with torch.no_grad(), _recorded(layers) as maps:
            logits = classifier(state["image"])
        return {LOGITS: logits, **maps}

    for row in map_slots(load, forward, images, slots=slots):
        yield {name: _means(tensor) for name, tensor in row.items()}


def _layers(classifier: Classifier) -> dict[str, nn.Module]:
    """Depth -> its module, without the depths that the network has not."""
    found: dict[str, nn.Module] = {}
    for depth in DEPTHS:
        with suppress(ModelError):
            found[depth] = target_layer(classifier, depth)
    return found


@contextmanager
def _recorded(layers: dict[str, nn.Module]) -> Iterator[State]:
    """What the modules give, the last call counts."""
    found: State = {}

    def keep(name: str) -> torch.utils.hooks.RemovableHandle:
        return layers[name].register_forward_hook(lambda _, __, y: found.update({name: y}))

    handles = [keep(name) for name in layers]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _means(row: Tensor) -> NDArray[np.float64]:
    """Of a map (C, H, W) the mean of each channel; a vector as it is."""
    values = row.cpu().numpy().astype(np.float64)
    means: NDArray[np.float64] = values.mean(axis=(1, 2)) if values.ndim == 3 else values
    return means


def similarity(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    """Pearson's correlation of two vectors; None where one of them is constant."""
    a, b = first - first.mean(), second - second.mean()
    length = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float(np.clip((a * b).sum() / length, -1, 1)) if length > 0 else None
