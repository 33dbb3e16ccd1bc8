"""Spearman's rank correlation with midranks, an interval and a permutation test that agree.

*Test.* A plain permutation test takes x and y for independent; where they are merely uncorrelated
(heavy tails, a spread that grows with x) it sees too much. So the statistic is studentized: T =
z / s, with z = artanh ρ and s the larger of two standard errors, both computed anew for every
permutation: that of the influence function of ρ divided by 1 − ρ², and Bonett and Wright's
√((1 + ρ²/2)/(n − 3)) (Psychometrika 65, 2000). Such a test has its level asymptotically without
independence, and exactly with it: C. J. DiCiccio and J. P. Romano, J. Am. Stat. Assoc. 112, 2017,
for Pearson's r; H. Yu and A. D. Hutson, Commun. Stat. Theory Methods 53, 2024, for Spearman's ρ.
Ours differs by Fisher's scale, by the second error, without which few pairs find little, by n − 3
degrees of freedom of the influence function's spread, and by its part that belongs to the ties. All
permutations up to n = 8; above it 20,000 seeded ones, p = (1 + b) / (1 + B); above n = 200 the
normal distribution of T.

*Interval.* tanh(z ± quantile · error), with the larger of Bonett and Wright's error and the
jackknife's √((n − 1)/n · Σ (z₍₋ᵢ₎ − z̄)²). The first alone covers 91 % where the spread of y grows
with x, as it may for predicted against observed iterations; the second alone is too small below
n = 10. Where interval and test disagree about 0, the bound on its side is the test's own,
z ∓ critical T · s: a significant ρ always has an interval without 0, and no other has one.

A perfect correlation would have an infinite z, so |ρ| is capped for z half-way between 1 and what
exchanging two neighbouring values leaves of it: 1 − gap² / 2 Σ(rank − mean)². The observed ρ then
bounds the interval on its side.

A constant x or y has no ranks to compare: estimate and p-value are None, the verdict ``too_few``.
If one image alone keeps x or y from being constant, nothing is known about the spread of ρ: the
interval is open, and again p-value None and verdict ``too_few``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from inputgrad.statistics.checks import Floats, Values, checked_pairs
from inputgrad.statistics.dominance import concordance, sums_by_sign
from inputgrad.statistics.estimates import (
    ALL_PERMUTED,
    LARGEST_PERMUTED,
    LEVEL,
    PERMUTATIONS,
    Comparison,
    NullTest,
    bonett_wright_error,
    check_level,
    comparison,
    smallest_p,
)

METHOD = "Spearman's rank correlation, Fisher z interval, studentized permutation test"

SEED = 0
"""Of the permutations of more pairs."""

BLOCK = 1_000_000
"""Ranks that are permuted at a time."""

FEWEST = 4
"""Fewest pairs for which the standard error of z exists."""


def spearman(
    x: Values,
    y: Values,
    *,
    family_size: int = 1,
    level: float = LEVEL,
    permutations: int = PERMUTATIONS,
) -> Comparison:
    """Spearman's rho of two samples of shape (n,), row by row the same image, in [−1, 1].

    ``estimate`` and ``effect`` are both rho; ``higher`` means that y rises with x. Censored counts
    enter as their budget. The interval is open below 4 pairs. Neither the order of the rows nor the
    roles of x and y change anything. Raises ValueError for missing values and unequal lengths.
    """
    check_level(level)
    first, second = checked_pairs(x, y, ("x", "y"))
    n = len(first)
    u, v = _centred_ranks(first), _centred_ranks(second)
    rho = _rho(u, v)
    interval, p_value = _inference(u, v, rho, level, permutations)
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
    """About the smallest rho of n pairs that is told from 0: Student's t at its critical value.

    √(t² / (n − 2 + t²)). What is weaker by more than a few hundredths is hardly told from no
    relation with so few images, and with ties or a spread that differs not even all that is
    stronger. None where no order of n pairs is significant, which at 95 % is below 5.
    """
    check_level(level)
    if n < 3 or smallest_p(NullTest.RANK_CORRELATION, n) > 1.0 - level:
        return None
    t = float(special.stdtrit(n - 2, (1.0 + level) / 2.0))
    return math.sqrt(t**2 / (n - 2 + t**2))


def _inference(
    u: Floats, v: Floats, rho: float | None, level: float, permutations: int
) -> tuple[tuple[float | None, float | None], float | None]:
    """Interval and p-value of ``rho`` from the centred ranks."""
    if rho is None or len(u) < FEWEST:
        return (None, None), None
    cap = _cap(u, v)
    z = math.atanh(float(np.clip(rho, -cap, cap)))
    error = _standard_error(u, v, z, cap)
    if not math.isfinite(error):
        return (None, None), None
    reach = float(special.ndtri((1.0 + level) / 2.0)) * error
    test = _permutation_test(u, v, cap, level, permutations)
    below, above = z - reach, z + reach
    if (below > 0.0 or above < 0.0) != test.rejects:
        below, above = (z - test.reach, above) if z > 0.0 else (below, z + test.reach)
    return (min(math.tanh(below), rho), max(math.tanh(above), rho)), test.p_value


def _centred_ranks(values: Floats) -> Floats:
    ranks: Floats = stats.rankdata(values)
    return ranks - (len(values) + 1) / 2.0


def _rho(u: Floats, v: Floats) -> float | None:
    """Correlation of centred ranks; None where either side is constant."""
    spread = math.sqrt(float(u @ u) * float(v @ v))
    return float(np.clip(float(u @ v) / spread, -1.0, 1.0)) if spread > 0.0 else None


def _cap(u: Floats, v: Floats) -> float:
    """Perfect correlation less half of the least that exchanging two neighbours takes off."""
    return 1.0 - min(
        float(np.diff(np.unique(side)).min()) ** 2 / float(side @ side) / 2.0 for side in (u, v)
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
    """Rho without each pair in turn, NaN where that leaves a constant side; shape (n,).

    The absence of a pair lowers the ranks above it by one, so every other one moves by half towards
    it, u_j − sign(u_j − u_i) / 2. Centred ranks are halves: the sums are exact in any order.
    """
    products = (
        float(u @ v)
        - u * v
        - (sums_by_sign(u, v) + sums_by_sign(v, u)) / 2.0
        + concordance(u, v) / 4.0
    )
    spread = np.sqrt(_squares_without(u) * _squares_without(v))
    rho = np.full(len(u), np.nan)
    np.divide(products, spread, out=rho, where=spread > 0.0)
    return rho


def _squares_without(side: Floats) -> Floats:
    """Sum of squared ranks without each pair in turn; shape (n,)."""
    _, inverse, counts = np.unique(side, return_inverse=True, return_counts=True)
    moved = len(side) - counts[inverse]
    found: Floats = float(side @ side) - side**2 - sums_by_sign(side, side) + moved / 4.0
    return found


@dataclass(frozen=True)
class _Test:
    """Two-sided p-value of rho = 0, and how far from z the test's own interval reaches."""

    p_value: float
    rejects: bool
    reach: float


def _permutation_test(u: Floats, v: Floats, cap: float, level: float, permutations: int) -> _Test:
    """Studentized permutation test of rho = 0; ``permutations`` draws where not all are tried."""
    u, v = _standard_form(u, v)
    n = len(u)
    observed, error = _studentized(u, v, np.arange(n)[np.newaxis], cap)
    t, s = float(observed[0]), float(error[0])
    if n > LARGEST_PERMUTED:
        critical = float(special.ndtri((1.0 + level) / 2.0))
        return _Test(float(2.0 * special.ndtr(-t)), t > critical, critical * s)
    found = [_studentized(u, v, orders, cap)[0] for orders in _orders(n, permutations)]
    if n > ALL_PERMUTED:  # the observed order is one of those that count
        found.append(observed)
    others = np.sort(np.concatenate(found))[::-1]
    p_value = float(np.mean(others >= t - 1e-9))
    allowed = math.floor((1.0 - level) * len(others) + 1e-9)
    return _Test(p_value, p_value <= allowed / len(others), (float(others[allowed]) + 1e-9) * s)


def _standard_form(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """The same pairs in an order, with signs and roles that do not depend on how they came."""

    def in_order(first: Floats, second: Floats) -> tuple[Floats, Floats]:
        rows = np.lexsort((second, first))
        return first[rows], second[rows]

    signs = ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
    forms = [in_order(i * a, j * b) for a, b in ((u, v), (v, u)) for i, j in signs]
    return min(forms, key=lambda form: (form[0].tolist(), form[1].tolist()))


def _orders(n: int, permutations: int) -> Iterator[npt.NDArray[np.intp]]:
    """Permutations of n in blocks of shape (b, n): all of them, or seeded ones."""
    if n <= ALL_PERMUTED:
        yield _all_orders(n)
        return
    rng = np.random.default_rng(SEED)
    block = max(1, BLOCK // n)
    for start in range(0, permutations, block):
        rows = np.tile(np.arange(n), (min(block, permutations - start), 1))
        yield rng.permuted(rows, axis=1, out=rows)


@lru_cache(maxsize=ALL_PERMUTED)
def _all_orders(n: int) -> npt.NDArray[np.intp]:
    return np.array(list(itertools.permutations(range(n))), dtype=np.intp)


def _studentized(
    u: Floats, v: Floats, orders: npt.NDArray[np.intp], cap: float
) -> tuple[Floats, Floats]:
    """|z| / s and s, of shape (b,), of u against v in each of ``orders`` of shape (b, n).

    The influence of a pair on ρ, with ranks in place of distribution functions, is u v plus, for
    either side, the sum of the other's ranks over the pairs that lie above on this one, all over
    σᵤσᵥ; less ρ/2 times what the pair adds to either side's relative variance, −n³ p²/(4 Σ rank²)
    where it is tied with a share p of all.
    """
    n = len(u)
    permuted = v[orders]
    spread = math.sqrt(float(u @ u) * float(v @ v))
    rho = np.clip(permuted @ u / spread, -1.0, 1.0)
    places = np.argsort(orders, axis=1)  # the pair that has each value of v
    above = _sums_above(permuted, u) + np.take_along_axis(_sums_above(u[places], v), orders, 1)
    ties = _tie_influence(u) + _tie_influence(v)[orders]
    influence = (permuted * u + above) * (n / spread) - rho[:, np.newaxis] / 2.0 * ties
    capped = np.clip(rho, -cap, cap)
    own = influence.std(axis=1, ddof=3) / math.sqrt(n - 3) / (1.0 - capped**2)
    error = np.maximum(own, np.sqrt((1.0 + capped**2 / 2.0) / (n - 3)))
    return np.abs(np.arctanh(capped)) / error, error


def _sums_above(values: Floats, side: Floats) -> Floats:
    """For each pair the sum of ``values`` (b, n) over those higher on ``side`` (n,), ties half."""
    order = np.argsort(side, kind="stable")
    ranked = side[order]
    sums = np.zeros((len(values), len(side) + 1))
    np.cumsum(values[:, order], axis=1, out=sums[:, 1:])
    first, last = (np.searchsorted(ranked, side, where) for where in ("left", "right"))
    above: Floats = sums[:, -1:] - (sums[:, first] + sums[:, last]) / 2.0
    return above


def _tie_influence(side: Floats) -> Floats:
    """What each pair adds to the relative variance of the ranks of ``side``; shape (n,)."""
    _, inverse, counts = np.unique(side, return_inverse=True, return_counts=True)
    shares: Floats = counts[inverse].astype(np.float64) ** 2
    return -shares * len(side) / (4.0 * float(side @ side))
