"""The order in which a map says that pixels matter, and which pixels a share of it takes.

Equal values are ordered by a permutation drawn from the seed and the photograph: a map of equal
values gives a random order. In the order of storage it would remove an image from its upper edge,
which is an order with a meaning of its own. All maps of a photograph share the permutation.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from inputgrad.engine.randomness import generator
from inputgrad.images.maps import Map

Ranks = NDArray[np.int64]


def ranks(saliency: Map, *, seed: int, image_id: str) -> Ranks:
    """Rank of each pixel of a map (H, W), 0 for the largest value, each rank once.

    A map with a sign is ordered by its values as they are: what speaks against the class last.
    """
    drawn = generator(seed, image_id, "order of equal saliency")
    shuffled: NDArray[np.int64] = torch.randperm(saliency.size, generator=drawn).numpy()
    order = shuffled[np.argsort(-saliency.reshape(-1)[shuffled], kind="stable")]
    found = np.empty(saliency.size, np.int64)
    found[order] = np.arange(saliency.size)
    return found.reshape(saliency.shape)


def counts(pixels: int, *, steps: int) -> list[int]:
    """How many of so many pixels each of 0..`steps` equal steps has taken, from 0 to all.

    The numbers of an order and of its reverse add up to all pixels, step k's and step
    `steps` - k's; but for the middle step where `steps` is even and `pixels` odd.
    """
    half = [pixels * step // steps for step in range(steps // 2 + 1)]
    return [*half, *(pixels - half[steps - step] for step in range(steps // 2 + 1, steps + 1))]
