"""Mosaics of four photographs of different classes, and how much of a map lies in one of them.

A mosaic is twice as high and wide as what a network takes, so each photograph keeps its size.
Convolutional networks that pool over all positions at the end take it; for others the photographs
are halved, each pixel the mean of 2 x 2, and the mosaic has the size of one photograph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from inputgrad.hashing import stable_integer
from inputgrad.images.cells import cell_sums
from inputgrad.images.maps import Map
from inputgrad.models.classifier import Classifier

PARTS = 4
SIDE = 2  # photographs along a side


def draw_mosaics(labels: Mapping[str, int], *, seed: int, round_: int) -> list[tuple[str, ...]]:
    """Groups of four photographs with four labels, from their names, labels and the seed alone.

    labels: class by image_id. Photographs come in the order of a hash; the first that is left
    opens a mosaic, the next of classes that it lacks join it. Each photograph is in one at most; a
    few stay over. A group's order says who is where, row by row.
    """
    left = sorted(labels, key=lambda i: (stable_integer(seed, i, f"mosaic {round_}"), i))
    mosaics: list[tuple[str, ...]] = []
    while True:
        group: dict[int, str] = {}
        for image_id in left:
            if len(group) < PARTS:
                group.setdefault(labels[image_id], image_id)
        if len(group) < PARTS:
            return mosaics
        mosaics.append(tuple(group.values()))
        left = [image_id for image_id in left if image_id not in mosaics[-1]]


def takes_mosaics(classifier: Classifier) -> bool:
    """Whether a network takes images of twice its input's size."""
    side = SIDE * classifier.input_size
    image = torch.zeros(1, 3, side, side, device=classifier.mean.device)
    try:
        with torch.no_grad():
            classifier(image)
    except (RuntimeError, ValueError, AssertionError):  # what networks of a fixed size raise
        return False
    return True


def mosaic_of(images: Sequence[Tensor], *, full_size: bool) -> Tensor:
    """One image of four (3, S, S), row by row: (3, 2S, 2S), or (3, S, S) of halved ones.

    Where S is odd the halved ones are of (S + 1) / 2 pixels and the last row and column are cut.
    """
    side = images[0].shape[-1]
    half = side if full_size else -(-side // SIDE)
    parts = [image if full_size else adaptive_avg_pool2d(image, half) for image in images]
    rows = [torch.cat(parts[i : i + SIDE], dim=2) for i in range(0, PARTS, SIDE)]
    whole = torch.cat(rows, dim=1)
    return whole if full_size else whole[:, :side, :side].contiguous()


def shares(saliency: Map) -> list[float] | None:
    """Share of a map's positive values in each quarter, row by row; None where it has none."""
    sums = cell_sums(np.maximum(saliency, 0), SIDE).ravel()
    total = float(sums.sum())
    return [float(s) / total for s in sums] if total > 0 else None
