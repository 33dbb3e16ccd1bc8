"""What several measures compute of maps: how concentrated one is, how much two agree.

All of it is free of a map's scale, and the concentration of its resolution too, so models of
different input sizes can be compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Map = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]


def half_mass_share(saliency: Map) -> float | None:
    """Smallest share of the pixels that together hold half of the map's sum.

    In (0, 0.5], half a pixel more where the number of pixels is odd; null for a map of zeros.
    """
    values = np.sort(saliency.astype(np.float64), axis=None)[::-1]
    sums = np.cumsum(values)
    if sums[-1] == 0:
        return None
    needed = int(np.searchsorted(sums, sums[-1] / 2)) + 1
    return needed / values.size


def gini(saliency: Map) -> float | None:
    """Gini index of the map: 0 when even, towards 1 when a few pixels hold all.

    Hurley, Rickard 2009, "Comparing measures of sparsity", equation for the Gini index; null for
    a map of zeros.
    """
    values = np.sort(saliency.astype(np.float64), axis=None)
    total = values.sum()
    if total == 0:
        return None
    ranks = np.arange(1, values.size + 1)
    return float(1 - 2 * ((values / total) * (values.size - ranks + 0.5)).sum() / values.size)


def rank_correlation(first: Reals, second: Reals) -> float | None:
    """Spearman's rho between two maps, value by value; null where one of them is constant."""
    ranks = [rankdata(m, axis=None).astype(np.float64) for m in (first, second)]
    centred = [r - r.mean() for r in ranks]
    norm = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum()) / norm if norm > 0 else None


def histogram_entropy(saliency: Map, *, bins: int) -> float | None:
    """Entropy, in nats, of a map's histogram of equal bins from its least to its largest value.

    In [0, log(bins)]; null for a constant map, which has no such bins.
    """
    values = saliency.astype(np.float64)
    if values.min() == values.max():
        return None
    counts, _ = np.histogram(values, bins=bins)
    shares = counts[counts > 0] / values.size
    return float(-(shares * np.log(shares)).sum())
