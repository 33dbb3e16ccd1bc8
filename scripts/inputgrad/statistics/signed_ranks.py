"""Null distribution of the signed-rank statistic, and quantiles of Walsh averages.

Given the ranks, each difference is positive with probability ½ under the null hypothesis, so the
sum W⁺ of the positive ranks has an exact distribution, with ties and zeros as well: convolve (½, ½)
over the ranks. Midranks are halves, so twice the ranks are whole numbers.

The Walsh averages (dᵢ + dⱼ)/2, i ≤ j, hold the Hodges–Lehmann estimate (their median) and its
interval (two of their order statistics).
Sources: F. Wilcoxon, Biometrics Bulletin 1, 1945; J. L. Hodges, E. L. Lehmann, Annals of
Mathematical Statistics 34, 1963; M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods,
2nd ed. 1999, sections 3.1 to 3.3.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import stats

from inputgrad.statistics.checks import Floats

EXACT_UP_TO = 200
"""Most signed ranks for which the exact distribution is built; beyond it is normal to 4 digits."""

ENUMERATED_UP_TO = 1000
"""Most differences whose n (n + 1) / 2 Walsh averages are listed; beyond they are counted."""


def sign_flip_p(ranks: Floats, positive: float) -> float:
    """Two-sided p-value of W⁺ = ``positive``; ``ranks`` (m,) of the differences other than zero."""
    if len(ranks) == 0:
        return 1.0
    centre = float(ranks.sum()) / 2.0
    distance = abs(positive - centre)
    if len(ranks) > EXACT_UP_TO:
        return float(2.0 * stats.norm.sf(distance / math.sqrt(float((ranks**2).sum()) / 4.0)))
    doubled = tuple(np.sort(np.rint(2.0 * ranks)).astype(int).tolist())
    tail = _null_cdf(doubled)[round(2.0 * (centre - distance))]
    return min(1.0, 2.0 * float(tail))


def critical_rank(n: int, *, level: float) -> int:
    """Largest k with P(W⁺ < k) ≤ (1 − level) / 2 without ties; the interval is [W₍ₖ₎, W₍ₘ₊₁₋ₖ₎].

    0 where n is too small for the level.
    """
    tail = (1.0 - level) / 2.0
    if n > EXACT_UP_TO:
        spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24.0)
        return int(n * (n + 1) / 4.0 + stats.norm.ppf(tail) * spread)
    below = _null_cdf(tuple(range(2, 2 * n + 1, 2)))[::2]
    return int(np.searchsorted(below, tail, side="right"))


def walsh_quantiles(differences: Floats, ranks: tuple[int, ...]) -> tuple[float, ...]:
    """The k-th smallest Walsh average for each k in ``ranks``, 1 ≤ k ≤ n (n + 1) / 2."""
    ordered = np.sort(differences)
    if len(ordered) > ENUMERATED_UP_TO:
        return tuple(_counted_quantile(ordered, k) for k in ranks)
    i, j = np.triu_indices(len(ordered))
    averages = np.partition((ordered[i] + ordered[j]) / 2.0, [k - 1 for k in ranks])
    return tuple(float(averages[k - 1]) for k in ranks)


@lru_cache(maxsize=64)
def _null_cdf(doubled: tuple[int, ...]) -> Floats:
    """P(2 W⁺ ≤ w) for w = 0 … the sum of the doubled ranks."""
    probability = np.zeros(sum(doubled) + 1)
    probability[0] = 1.0
    reached = 0
    for rank in doubled:
        reached += rank
        shifted = probability[: reached + 1 - rank].copy()
        probability[: reached + 1] *= 0.5
        probability[rank : reached + 1] += 0.5 * shifted
    return np.cumsum(probability)


def _counted_quantile(ordered: Floats, k: int) -> float:
    """k-th smallest Walsh average by bisection on its value, exact to rounding, O(n log n)."""
    low, high = float(ordered[0]), float(ordered[-1])
    while low < (middle := low + (high - low) / 2.0) < high:
        if _walsh_at_most(ordered, middle) >= k:
            high = middle
        else:
            low = middle
    return low if _walsh_at_most(ordered, low) >= k else high


def _walsh_at_most(ordered: Floats, value: float) -> int:
    """Number of pairs i ≤ j with (dᵢ + dⱼ)/2 ≤ value."""
    below = np.searchsorted(ordered, 2.0 * value - ordered, side="right")
    return int((int(below.sum()) + int((ordered <= value).sum())) // 2)
