"""Spearman's rank correlation with midranks, an interval and a test that agree with each other.

On Fisher's scale z = artanh ρ, the standard error is the larger of Bonett and Wright's
√((1 + ρ²/2)/(n − 3)) (Psychometrika 65, 2000) and the jackknife's,
√((n − 1)/n · Σ (z₍₋ᵢ₎ − z̄)²). The first alone covers 91 % where the spread of y grows with x, as
it may for predicted against observed iterations; the second alone is too small below n = 10. The
interval is tanh(z ± quantile · error). The p-value is the larger of that of z / error and that
under independence (all permutations up to n = 8, Student's t beyond), so a significant ρ always has
an interval without 0.

A perfect correlation would have an infinite z, so |ρ| is capped for z at the largest value below 1
that swapping two neighbouring values could give: 1 − gap² / Σ(rank − mean)², without ties
1 − 12/(n³ − n). The observed ρ then bounds the interval on its side.

A constant x or y has no ranks to compare: estimate and p-value are None, the verdict ``too_few``.
If one image alone keeps x or y from being constant, nothing is known about the spread of ρ: the
interval is open, and again p-value None and verdict ``too_few``.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

from inputgrad.statistics.checks import Floats, Values, checked_pairs
from inputgrad.statistics.estimates import (
    LEVEL,
    Comparison,
    NullTest,
    bonett_wright_error,
    check_level,
    comparison,
    two_of_all_orders,
)

METHOD = "Spearman's rank correlation, Fisher z interval with jackknife error"

PERMUTED_UP_TO = 8
"""Most pairs for which every permutation is tried (40,320)."""

FEWEST = 4
"""Fewest pairs for which the standard error of z exists."""


def spearman(x: Values, y: Values, *, family_size: int = 1, level: float = LEVEL) -> Comparison:
    """Spearman's rho of two samples of shape (n,), row by row the same image, in [−1, 1].

    ``estimate`` and ``effect`` are both rho; ``higher`` means that y rises with x. Censored counts
    enter as their budget. The interval is open below 4 pairs. Raises ValueError for missing values
    and unequal lengths.
    """
    check_level(level)
    first, second = checked_pairs(x, y, ("x", "y"))
    n = len(first)
    u, v = _centred_ranks(first), _centred_ranks(second)
    rho = _rho(u, v)
    interval, p_value = _inference(u, v, rho, level)
    return comparison(
        estimate=rho,
        interval=interval,
        n=n,
        method=METHOD,
        effect=rho,
        p_value=p_value,
        family_size=family_size,
        level=level,
        test=NullTest.RANK_CORRELATION,
    )


def smallest_seen(n: int, *, level: float = LEVEL) -> float | None:
    """Smallest rho of n pairs whose interval would not hold 0, with Bonett and Wright's error.

    What is weaker cannot be told from no relation with so few images. None below 4 pairs.
    """
    check_level(level)
    if n < FEWEST:
        return None
    quantile = float(special.ndtri((1.0 + level) / 2.0))
    found = optimize.brentq(
        lambda rho: math.atanh(rho) - quantile * bonett_wright_error(rho, n), 1e-9, 1.0 - 1e-12
    )
    return float(found)


def _inference(
    u: Floats, v: Floats, rho: float | None, level: float
) -> tuple[tuple[float | None, float | None], float | None]:
    """Interval and p-value of ``rho`` from the centred ranks."""
    if rho is None or len(u) < FEWEST:
        return (None, None), None
    cap = _largest_below_one(u, v)
    z = math.atanh(float(np.clip(rho, -cap, cap)))
    error = _standard_error(u, v, z, cap)
    if not math.isfinite(error):
        return (None, None), None
    reach = float(special.ndtri((1.0 + level) / 2.0)) * error
    interval = min(math.tanh(z - reach), rho), max(math.tanh(z + reach), rho)
    p_value = max(float(2.0 * special.ndtr(-abs(z) / error)), _p_independent(u, v, rho))
    return interval, min(1.0, p_value)


def _centred_ranks(values: Floats) -> Floats:
    ranks: Floats = stats.rankdata(values)
    return ranks - (len(values) + 1) / 2.0


def _rho(u: Floats, v: Floats) -> float | None:
    """Correlation of centred ranks; None where either side is constant."""
    spread = math.sqrt(float(u @ u) * float(v @ v))
    return float(np.clip(float(u @ v) / spread, -1.0, 1.0)) if spread > 0.0 else None


def _largest_below_one(u: Floats, v: Floats) -> float:
    """Perfect correlation less the least that exchanging two neighbouring values takes off."""
    return 1.0 - min(
        float(np.diff(np.unique(side)).min()) ** 2 / float(side @ side) for side in (u, v)
    )


def _standard_error(u: Floats, v: Floats, z: float, cap: float) -> float:
    """The larger of Bonett–Wright's and the jackknife's error; infinite where that is unknown."""
    n = len(u)
    left_out = _leave_one_out(u, v)
    if np.isnan(left_out).any():
        return math.inf
    scores = np.arctanh(np.clip(left_out, -cap, cap))
    jackknife = math.sqrt((n - 1) / n * float(((scores - scores.mean()) ** 2).sum()))
    return max(jackknife, bonett_wright_error(math.tanh(z), n))


def _leave_one_out(u: Floats, v: Floats) -> Floats:
    """Rho without each pair in turn, NaN where that leaves a constant side; shape (n,)."""
    parts = [_without(u, v, block) for block in np.array_split(np.arange(len(u)), _blocks(len(u)))]
    return np.concatenate(parts)


def _blocks(n: int) -> int:
    """Number of blocks that keeps the n × n comparisons below about a million at a time."""
    return max(1, n * n // 1_000_000)


def _without(u: Floats, v: Floats, left_out: npt.NDArray[np.intp]) -> Floats:
    """Rho without each of the pairs ``left_out``: their absence lowers the ranks above by one."""
    rows = np.arange(len(left_out))
    sides = []
    for side in (u, v):
        own = side[left_out, np.newaxis]
        ranks = side - 0.5 * np.sign(side - own)
        ranks[rows, left_out] = 0.0
        sides.append(ranks)
    products = (sides[0] * sides[1]).sum(axis=1)
    spread = np.sqrt((sides[0] ** 2).sum(axis=1) * (sides[1] ** 2).sum(axis=1))
    rho = np.full(len(left_out), np.nan)
    np.divide(products, spread, out=rho, where=spread > 0.0)
    return rho


def _p_independent(u: Floats, v: Floats, rho: float) -> float:
    """Two-sided p-value of rho if x and y were independent; exact given the ranks for few pairs."""
    n = len(u)
    if n <= PERMUTED_UP_TO:
        products = v[_permutations(n)] @ u
        return float(np.mean(np.abs(products) >= abs(float(u @ v)) - 1e-9))
    if abs(rho) >= 1.0:
        return two_of_all_orders(n)
    t = abs(rho) * math.sqrt((n - 2) / (1.0 - rho**2))
    return max(float(2.0 * special.stdtr(n - 2, -t)), two_of_all_orders(n))


@lru_cache(maxsize=PERMUTED_UP_TO)
def _permutations(n: int) -> npt.NDArray[np.intp]:
    return np.array(list(itertools.permutations(range(n))), dtype=np.intp)
