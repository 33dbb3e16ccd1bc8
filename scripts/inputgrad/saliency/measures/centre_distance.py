"""Centre distance: how far a map's centre of mass is from the middle of the image.

    |sum over pixels of |M(p)| (p - c)| / sum of |M(p)|,  c the image's centre, as a share of the
    half diagonal: 0 in the middle, 1 in a corner

Photographers put the object in the middle, so a map that is the same Gaussian around the centre
for every photograph scores well on localisation (the centre baseline of visual saliency: Judd,
Ehinger, Durand, Torralba 2009, "Learning to predict where humans look"). A method whose centre of
mass never leaves the middle is to be judged beside that baseline. An even map has distance 0 as
well: the measure tells where the weight is, not how concentrated it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import Map
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="centre_distance",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Distance of the map's centre of mass from the middle of the image, as a share of "
        "half the diagonal.",
    ),
)


class Parameters(Settings):
    """Centre distance has nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`centre_distance` of each map; null for a map of zeros."""
    del parameters, tools
    for outcome in outcomes:
        yield [Record({"centre_distance": centre_distance(np.abs(outcome.arrays["map"]))})]


def centre_distance(saliency: Map) -> float | None:
    """Distance in [0, 1] of the centre of mass of a non-negative map (H, W); None for zeros."""
    weights = saliency.astype(np.float64)
    total = float(weights.sum())
    if total == 0:
        return None
    middles = [np.arange(side) + 0.5 - side / 2 for side in weights.shape]
    down = float(weights.sum(axis=1) @ middles[0]) / total
    right = float(weights.sum(axis=0) @ middles[1]) / total
    return math.hypot(down, right) / (math.hypot(*weights.shape) / 2)
