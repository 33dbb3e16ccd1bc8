"""Which regions of the last image decide on the class (Q8), and whether they do.

The saliency map of the class at the finished image (`engine/class_maps.py`), smoothed as overlays
are, marks the fifth of the pixels where the score depends most on the image. That fifth is blurred,
and the drop of the class score is laid beside the mean drop where the same mask is rolled to random
places: regions of the same shape and size that the map did not choose. Beside it the smallest share
of pixels that holds half of the map's sum (`images/maps.py`). The map itself is kept as `map`,
float32 (S, S).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.class_maps import class_maps
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import score_tensors
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.maps import Map, half_mass_share
from inputgrad.images.ranking import ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

FIFTH = 5
SMOOTHED, BLURRED = 64, 16  # the side over the standard deviation, of the map and of the image

COLUMNS = (
    Column(
        name="half_mass_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Smallest share of pixels that holds half of the class's saliency map of the last "
        "image; null in all rows but the last, and for a map of zeros.",
    ),
    Column(
        name="drop_decisive",
        kind="real",
        unit="logit",
        meaning="Drop of the class score where the most salient fifth of the last image is "
        "blurred.",
    ),
    Column(
        name="drop_elsewhere",
        kind="real",
        unit="logit",
        meaning="Mean drop where the same mask is rolled to random places.",
    ),
)


class Parameters(Settings):
    """How many places the fifth is compared with."""

    places: int = Field(3, ge=1, le=100, description="Random places of the mask.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome one record, of its last iteration; one gradient and some forwards each."""
    ends = ((o.arrays["snapshots"][-1], o.item.class_index) for o in outcomes)
    for outcome, saliency in zip(outcomes, class_maps(ends, tools), strict=True):
        row = {
            "iteration": outcome.rows[-1]["iteration"],
            "half_mass_share": half_mass_share(saliency),
        }
        drops = _drops(outcome, saliency, parameters.places, tools)
        yield [Record(row | drops, {"map": saliency})]


def _drops(outcome: Outcome, saliency: Map, places: int, tools: Tools) -> dict[str, float]:
    image = to_tensor(outcome.arrays["snapshots"][-1])
    class_index = outcome.item.class_index
    blurred = gaussian_blur(image, image.shape[-1] / BLURRED)
    masks = _masks(outcome, saliency, places, tools.seed)
    images = [image, *(torch.where(torch.from_numpy(mask), blurred, image) for mask in masks)]
    scored = score_tensors(tools.classifier, images, slots=tools.slots)
    whole, decisive, *elsewhere = (float(logits[class_index]) for logits in scored)
    return {
        "drop_decisive": whole - decisive,
        "drop_elsewhere": whole - sum(elsewhere) / len(elsewhere),
    }


def _masks(outcome: Outcome, saliency: Map, places: int, seed: int) -> list[NDArray[np.bool_]]:
    """The most salient fifth, and the same mask at random places."""
    size, key = saliency.shape[0], f"class {outcome.item.class_index}"
    smooth = gaussian_blur(torch.from_numpy(saliency), size / SMOOTHED).numpy()
    decisive = ranks(smooth, seed=seed, image_id=key) < smooth.size // FIFTH
    stream = generator(seed, outcome.item.class_index, "places of the decisive fifth")
    offsets = torch.randint(0, size, (places, 2), generator=stream).tolist()
    return [decisive, *(np.roll(decisive, offset, (0, 1)) for offset in offsets)]
