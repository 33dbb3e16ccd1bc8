"""The saliency map of a class, of images that need not be photographs of the sample.

M_c(x) = max over colours of |dS_c / dx|, as in Simonyan et al. 2014, section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from inputgrad.engine.gradients import max_abs, score_and_gradient
from inputgrad.engine.records import Pixels
from inputgrad.engine.slots import State, map_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import Map
from inputgrad.images.tensors import to_tensor


def class_maps(items: Iterable[tuple[Pixels, int]], tools: Tools) -> Iterator[Map]:
    """(S, S) map of the class of each image, in order; one gradient each."""
    classifier = tools.classifier
    device = classifier.mean.device

    def load(item: tuple[Pixels, int]) -> State:
        pixels, class_index = item
        image = to_tensor(pixels).to(device)
        return {"image": image, "class": torch.tensor(class_index, device=device)}

    def compute(state: State) -> State:
        found = score_and_gradient(classifier, state["image"], state["class"])
        return {"map": max_abs(found.gradient)}

    for row in map_slots(load, compute, items, slots=tools.slots):
        yield row["map"].cpu().numpy()
