"""Seeded studentised bootstrap for smooth statistics of one sample: the mean and a trimmed mean.

Resamples with replacement give t* = (θ* − θ) / s*, each with its own standard error s*, and the
interval is [θ − q₍₁₋α/2₎ s, θ − q₍α/2₎ s]. It holds its level for skewed samples of 20, which the
percentile and BCa intervals do not (``docs/statistics.md``). A median is not smooth: use
``medians.median``, whose interval is exact.

Sources: B. Efron, R. Tibshirani, An Introduction to the Bootstrap, 1993, section 12.5; standard
error of the trimmed mean: J. W. Tukey, D. H. McLaughlin, Sankhyā A 25, 1963.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from inputgrad.errors import unknown
from inputgrad.statistics.checks import Floats, Values, checked
from inputgrad.statistics.estimates import LEVEL, Estimate, check_level

Statistic = Callable[[Floats], tuple[Floats, Floats]]
"""Rows (r, n), sorted along n, to their values and standard errors, both (r,)."""

RESAMPLES = 1999
"""Resamples: (1999 + 1) × 0.025 is whole, so the quantiles of the usual levels are draws."""

TRIMMED = 0.1
"""Share cut off on either side by the trimmed mean."""


def bootstrap_interval(
    values: Values, statistic: str, *, seed: int, level: float = LEVEL
) -> Estimate:
    """``statistic`` (``mean`` or ``trimmed_mean``) of a sample of shape (n,) with its interval.

    The interval is open below three observations, and for a constant sample, whose standard error
    is unknown rather than 0. Raises ValueError for another statistic and for missing values.
    """
    check_level(level)
    if statistic not in STATISTICS:
        raise ValueError(unknown("smooth statistic", statistic, STATISTICS))
    function, array = STATISTICS[statistic], np.sort(checked(values))
    method = f"{statistic.replace('_', ' ')}, studentised bootstrap"
    if len(array) == 0:
        return Estimate(None, None, None, 0, method, level)
    centre, error = (float(part[0]) for part in function(array[np.newaxis]))
    if len(array) < 3 or error == 0.0:
        return Estimate(centre, None, None, len(array), method, level)
    low, high = _studentised_quantiles(array, function, centre, seed, level)
    return Estimate(centre, centre - high * error, centre - low * error, len(array), method, level)


def mean(rows: Floats) -> tuple[Floats, Floats]:
    """Mean and standard error of each row; ``rows`` (r, n) sorted along the row."""
    n = rows.shape[1]
    return rows.mean(axis=1), _deviation(rows) / np.sqrt(n)


def trimmed_mean(rows: Floats) -> tuple[Floats, Floats]:
    """Trimmed mean of each row and its standard error from the winsorised row; rows sorted."""
    n = rows.shape[1]
    cut = int(TRIMMED * n)
    centre = rows[:, cut : n - cut].mean(axis=1)
    winsorised = np.clip(rows, rows[:, [cut]], rows[:, [n - 1 - cut]])
    return centre, _deviation(winsorised) / ((1.0 - 2.0 * cut / n) * np.sqrt(n))


STATISTICS: dict[str, Statistic] = {
    "mean": mean,
    "trimmed_mean": trimmed_mean,
}


def _deviation(rows: Floats) -> Floats:
    """Standard deviation of each sorted row, exactly 0 where the row is constant."""
    if rows.shape[1] < 2:
        return np.zeros(len(rows))
    deviation: Floats = np.where(rows[:, 0] == rows[:, -1], 0.0, rows.std(axis=1, ddof=1))
    return deviation


def _studentised_quantiles(
    array: Floats, statistic: Statistic, centre: float, seed: int, level: float
) -> tuple[float, float]:
    """Lower and upper quantile of t*; resamples without spread say nothing and are left out."""
    n, generator = len(array), np.random.default_rng(seed)
    studentised = []
    for block in np.array_split(np.arange(RESAMPLES), 1 + RESAMPLES * n // 2_000_000):
        rows = np.sort(array[generator.integers(0, n, (len(block), n))], axis=1)
        centres, errors = statistic(rows)
        spread = errors > 0.0
        studentised.append((centres[spread] - centre) / errors[spread])
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.concatenate(studentised), (tail, 1.0 - tail))
    return float(low), float(high)
