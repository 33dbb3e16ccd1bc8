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
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import stats

from inputgrad.statistics.checks import Floats

EXACT_UP_TO = 200
"""Most signed ranks for which the exact distribution is built; beyond it is normal to 4 digits."""

ENUMERATED_UP_TO = 1000
"""Most distinct differences whose Walsh averages are all listed."""

THINNED = 512
"""Differences, evenly spaced in rank, whose Walsh averages say where to look for a rank."""

LISTED = 200_000
"""Walsh averages that are listed around a rank."""


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
        return _quantiles_of_many(ordered, ranks)
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


def _quantiles_of_many(ordered: Floats, ranks: tuple[int, ...]) -> tuple[float, ...]:
    """As `walsh_quantiles`; equal differences are taken together where few are distinct."""
    distinct, times = np.unique(ordered, return_counts=True)
    if len(distinct) > ENUMERATED_UP_TO:
        thin = ordered[np.linspace(0, len(ordered) - 1, THINNED).astype(int)]
        i, j = np.triu_indices(THINNED)
        guesses = np.sort((thin[i] + thin[j]) / 2.0)
        return tuple(_near(ordered, guesses, k) for k in ranks)
    i, j = np.triu_indices(len(distinct))
    averages = (distinct[i] + distinct[j]) / 2.0
    pairs = np.where(i == j, times[i] * (times[i] + 1) // 2, times[i] * times[j])
    order = np.argsort(averages)
    reached = np.searchsorted(np.cumsum(pairs[order]), ranks)
    return tuple(averages[order][reached].tolist())


def _near(ordered: Floats, guesses: Floats, k: int) -> float:
    """k-th smallest Walsh average, from those between two values that have it between them.

    The two are averages of the thinned sample, whose ranks are off by about one in `THINNED`; they
    are brought together by bisection until few averages are left between them, first among those
    of the sample, which has a value that many share, then by halving. O(n log n).
    """
    pairs = len(ordered) * (len(ordered) + 1) // 2
    place, reach = k * len(guesses) // pairs, len(guesses) // THINNED
    ends = max(place - reach, 0), min(place + reach, len(guesses) - 1)
    around = _Around(float(np.nextafter(ordered[0], -np.inf)), float(ordered[-1]), 0, pairs)
    for end in ends:
        around = around.divided(ordered, float(guesses[end]), k)
    while around.upto - around.below > LISTED:
        first = int(np.searchsorted(guesses, around.low, side="right"))
        last = int(np.searchsorted(guesses, around.high))
        if first < last:
            around = around.divided(ordered, float(guesses[(first + last) // 2]), k)
            continue
        around = around.divided(ordered, float(np.nextafter(around.high, -np.inf)), k)
        middle = around.low + (around.high - around.low) / 2.0
        if not around.low < middle < around.high:
            return around.high
        around = around.divided(ordered, middle, k)
    return _listed(ordered, around.low, around.high, k - around.below)


@dataclass(frozen=True, slots=True)
class _Around:
    """Two values around an average; `below` averages are at most `low`, `upto` at most `high`."""

    low: float
    high: float
    below: int
    upto: int

    def divided(self, ordered: Floats, value: float, k: int) -> _Around:
        """The part on whose side of a value the k-th average is."""
        if not self.low < value < self.high:
            return self
        count = int((_ends(ordered, value) - np.arange(len(ordered))).sum())
        if count < k:
            return _Around(value, self.high, count, self.upto)
        return _Around(self.low, value, self.below, count)


def _listed(ordered: Floats, low: float, high: float, k: int) -> float:
    """k-th smallest of the Walsh averages in (low, high]."""
    starts, ends = _ends(ordered, low), _ends(ordered, high)
    i = np.repeat(np.arange(len(ordered)), ends - starts)
    j = np.arange(len(i)) - np.repeat(np.cumsum(ends - starts) - ends, ends - starts)
    return float(np.partition((ordered[i] + ordered[j]) / 2.0, k - 1)[k - 1])


def _ends(ordered: Floats, value: float) -> npt.NDArray[np.intp]:
    """For each i the first j ≥ i with (dᵢ + dⱼ)/2 > value."""
    beyond = np.searchsorted(ordered, 2.0 * value - ordered, side="right")
    return np.maximum(beyond, np.arange(len(ordered)))
