"""A spot in the middle of an image: what a map must beat, since photographers put objects there.

    M(i, j) = exp(-((i - c)² + (j - c)²) / (2 s²)),  c the middle, s = sigma × the side

(Judd, Ehinger, Durand, Torralba 2009, "Learning to predict where humans look", use the distance
from the centre.)
"""

from __future__ import annotations

import math

SIGMA = 0.25  # as a share of the image's side


def centre_spot(height: int, width: int, *, sigma: float = SIGMA) -> list[list[float]]:
    """Values (height, width) in (0, 1]."""
    down, across = (_profile(side, sigma=sigma * side) for side in (height, width))
    return [[row * column for column in across] for row in down]


def _profile(side: int, *, sigma: float) -> list[float]:
    """The Gaussian along one side, at the middles of its pixels."""
    return [math.exp(-((place + 0.5 - side / 2) ** 2) / (2 * sigma**2)) for place in range(side)]
