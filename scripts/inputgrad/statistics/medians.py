"""Medians with order-statistic intervals: exact for every distribution, with ties and censoring.

For a continuous distribution the number of observations at or below the median is binomial(n, 1/2).
Hence [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] covers the median with probability ≥ 1 − 2 P(Bin(n, 1/2) < k), and k is the
largest for which that is ≥ level. Ties only make the interval conservative; a bootstrap of a median
fails with ties. Below n = 6 (at 95 %) even the sample's range does not reach the level, and the
interval is open on both sides.

Source: W. J. Conover, Practical Nonparametric Statistics, 3rd ed. 1999, section 3.2.

A count censored at the budget is only known to exceed it, so it ranks above every count within
the budget. A bound that falls there is open (None) if it is the upper one, and the budget itself if
it is the lower one. The distance of an attack that failed has no bound: it is infinite.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import stats

from inputgrad.statistics.checks import Booleans, Floats, Values, checked, checked_booleans
from inputgrad.statistics.estimates import LEVEL, Estimate, check_level
from inputgrad.statistics.optimality import checked_distances

METHOD = "median, order-statistic interval"


def median(values: Values, *, level: float = LEVEL) -> Estimate:
    """Median of a sample of shape (n,), in its unit; raises ValueError for missing values."""
    array = np.sort(checked(values))
    n = len(array)
    if n == 0:
        return Estimate(None, None, None, 0, METHOD, level)
    k = interval_rank(n, level=level)
    low, high = (None, None) if k == 0 else (float(array[k - 1]), float(array[n - k]))
    return Estimate(float(np.median(array)), low, high, n, METHOD, level)


def censored_median(
    counts: Values, censored: Values, *, budget: float, level: float = LEVEL
) -> Estimate:
    """Median number of iterations where some images outlast the budget.

    ``counts`` (n,) holds iterations ≤ ``budget`` and the budget itself where ``censored`` (n,) is
    true. The estimate is None with ``reached`` False when half the images or more outlast the
    budget (for an even n, when one of the two middle ones does). Raises ValueError for counts
    beyond the budget, and censored ones below it.
    """
    ranked, flags = beyond_budget(counts, censored, budget=budget)
    n = len(ranked)
    if n == 0:
        return Estimate(None, None, None, 0, METHOD, level, budget=float(budget))
    ranked = np.sort(ranked)
    middle = float(ranked[(n - 1) // 2] + ranked[n // 2]) / 2.0
    k = interval_rank(n, level=level)
    low = None if k == 0 else min(float(ranked[k - 1]), float(budget))
    high = None if k == 0 or np.isinf(ranked[n - k]) else float(ranked[n - k])
    reached = bool(np.isfinite(middle))
    return Estimate(
        middle if reached else None,
        low,
        high,
        n,
        METHOD,
        level,
        censored=int(flags.sum()),
        reached=reached,
        budget=float(budget),
    )


def distance_median(distances: Values, *, level: float = LEVEL) -> Estimate:
    """Median distance (n,) of attacks, infinite where one failed: it ranks above every success.

    The estimate is None with ``reached`` False, and an end of the interval None, where that is
    infinite; the ``budget`` is infinite then too. Raises ValueError for missing or negative
    distances.
    """
    ranked = np.sort(checked_distances(distances, name="distances"))
    n = len(ranked)
    if n == 0:
        return Estimate(None, None, None, 0, METHOD, level)
    middle = float(ranked[(n - 1) // 2] + ranked[n // 2]) / 2.0
    k = interval_rank(n, level=level)
    ends = (math.inf, math.inf) if k == 0 else (float(ranked[k - 1]), float(ranked[n - k]))
    low, high = (end if math.isfinite(end) else None for end in ends)
    failed = int(np.isinf(ranked).sum())
    return Estimate(
        middle if math.isfinite(middle) else None,
        low,
        high,
        n,
        METHOD,
        level,
        censored=failed,
        reached=math.isfinite(middle),
        budget=math.inf if failed else None,
    )


def beyond_budget(counts: Values, censored: Values, *, budget: float) -> tuple[Floats, Booleans]:
    """Counts (n,) with infinity where censored, and the flags; checks both against the budget."""
    array, flags = checked(counts, name="counts"), checked_booleans(censored, name="censored")
    if len(array) != len(flags):
        raise ValueError(f"{len(array)} counts but {len(flags)} flags; give one of each per image")
    if (array > budget).any():
        raise ValueError(f"a count of {array.max():g} is beyond the budget of {budget:g}")
    if (array[flags] != budget).any():
        raise ValueError(
            f"a censored count must be the budget, {budget:g}, not {array[flags].min():g}"
        )
    return np.where(flags, np.inf, array), flags


@lru_cache(maxsize=4096)
def interval_rank(n: int, *, level: float = LEVEL) -> int:
    """Largest k with P(Bin(n, 1/2) < k) ≤ (1 − level) / 2; 0 where there is none."""
    check_level(level)
    tail = (1.0 - level) / 2.0
    k = int(stats.binom.ppf(tail, n, 0.5)) if n else 0
    while k > 0 and stats.binom.cdf(k - 1, n, 0.5) > tail:
        k -= 1
    return k
