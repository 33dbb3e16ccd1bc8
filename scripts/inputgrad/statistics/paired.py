"""Paired comparisons of two models (or methods) on the same images.

*Measures and budget-capped counts:* the Wilcoxon signed-rank test on a − b. Zeros are ranked with
the others and then count for neither side (J. W. Pratt, JASA 54, 1959), since equal counts are
common and are evidence against a difference; the p-value is exact given the ranks, ties or not
(up to 200 differences other than zero). The size is the Hodges–Lehmann shift, the median of all
averages of two differences, with the interval that inverts the untied test; ties make it wider than
needed. The effect is the matched-pairs rank-biserial correlation (D. S. Kerby, Comprehensive
Psychology 3, 2014), (W⁺ − W⁻) / (n (n + 1) / 2): −1 every image lower, 1 every image higher.
Deviation: its denominator keeps the ranks of the zeros, so that equal pairs pull it towards 0.

The null hypothesis is that the differences are symmetric about 0. With many zeros it can be
rejected while the shift is 0: the typical pair is equal, and those that differ mostly have one
sign.

*Rates:* McNemar's exact test on the pairs that differ (Q. McNemar, Psychometrika 12, 1947), and the
adjusted Wald interval of D. G. Bonett, R. M. Price (Journal of Educational and Behavioral
Statistics 37, 2012) for the difference, which adds one pair to either kind. Deviation: a quantile
of Student's t instead of the normal one, with which coverage falls to 92.8 % at n = 20.

*Rates in clusters,* such as the verdicts of several judges on pictures of one class: the difference
dᵢ of the two shares of cluster i is one observation, however many verdicts it has. The same
interval, with one cluster of +1 and one of −1 added; and the sign-flip test of Σ dᵢ, exact given
the |dᵢ| (R. A. Fisher, The Design of Experiments, 1935, section 21). With one verdict a cluster
both are those of rates.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from inputgrad.statistics.checks import Floats, Values, checked_booleans, checked_pairs
from inputgrad.statistics.estimates import LEVEL, Comparison, NullTest, check_level, comparison
from inputgrad.statistics.signed_ranks import critical_rank, sign_flip_p, walsh_quantiles

WILCOXON = "Wilcoxon signed-rank test, Hodges-Lehmann shift"
MCNEMAR = "exact McNemar test, Bonett-Price interval"
CLUSTERED = "sign-flip test of clusters, Bonett-Price interval"


def paired(a: Values, b: Values, *, family_size: int = 1, level: float = LEVEL) -> Comparison:
    """Shift of a over b, row by row the same image, in the measure's unit.

    ``a``, ``b``: shape (n,), counts capped at the common budget where censored. ``family_size``
    adjusts the verdict by Bonferroni; ``families.holm`` replaces that by the family's. The interval
    is open below 6 pairs (at 95 %). Raises ValueError for missing values and unequal lengths.
    """
    check_level(level)
    first, second = checked_pairs(a, b)
    differences = first - second
    effect, p_value = _signed_ranks(differences)
    shift, interval = _shift(differences, level)
    return comparison(
        estimate=shift,
        interval=interval,
        n=len(differences),
        method=WILCOXON,
        effect=effect,
        p_value=p_value,
        family_size=family_size,
        level=level,
        test=NullTest.SIGN_FLIP,
    )


def paired_rates(a: Values, b: Values, *, family_size: int = 1, level: float = LEVEL) -> Comparison:
    """Difference of two rates on the same images, share of a minus share of b, in [−1, 1].

    ``a``, ``b``: booleans of shape (n,). The effect is the difference among the pairs that differ,
    in [−1, 1], and 0 if none does. The interval is open below 2 pairs. Raises ValueError as
    ``paired`` and for entries other than 0 and 1.
    """
    check_level(level)
    first, second = checked_pairs(checked_booleans(a, name="a"), checked_booleans(b, name="b"))
    n = len(first)
    only_a, only_b = int((first > second).sum()), int((first < second).sum())
    differing = only_a + only_b
    differences = np.subtract(first, second, dtype=np.float64)
    effect = (only_a - only_b) / differing if differing else 0.0
    p_value = float(stats.binomtest(only_a, differing).pvalue) if differing else 1.0
    return comparison(
        estimate=(only_a - only_b) / n if n else None,
        interval=_rate_interval(differences, level),
        n=n,
        method=MCNEMAR,
        effect=effect if n else None,
        p_value=p_value if n else None,
        family_size=family_size,
        level=level,
        test=NullTest.SIGN_FLIP,
    )


def clustered_rates(
    a: ArrayLike, b: ArrayLike, *, family_size: int = 1, level: float = LEVEL
) -> Comparison:
    """Difference of two rates on the same cases in clusters, share of a minus share of b.

    ``a``, ``b``: booleans of shape (n, m), n clusters of m cases, the same ones in both. The
    estimate is the mean over the clusters, n is their number; the effect is the net share of the
    cases by which clusters differ, in [−1, 1]. Raises ValueError for other shapes and entries.
    """
    check_level(level)
    first, second = np.asarray(a), np.asarray(b)
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(
            f"a and b must have one shape (clusters, cases), not {first.shape} and {second.shape}"
        )
    hits, others = (
        checked_booleans(part.ravel(), name=name)
        .reshape(first.shape)
        .sum(axis=1)
        .astype(np.float64)
        for part, name in ((first, "a"), (second, "b"))
    )
    n, m = first.shape
    counts = hits - others
    differing = float(np.abs(counts).sum())
    positive = float(counts[counts > 0].sum())
    return comparison(
        estimate=float(counts.mean()) / m if n and m else None,
        interval=_rate_interval(counts / m, level) if n and m else (None, None),
        n=n,
        method=CLUSTERED,
        effect=(float(counts.sum()) / differing if differing else 0.0) if n and m else None,
        p_value=sign_flip_p(np.abs(counts[counts != 0]), positive) if n and m else None,
        family_size=family_size,
        level=level,
        test=NullTest.SIGN_FLIP,
    )


def _signed_ranks(differences: Floats) -> tuple[float | None, float | None]:
    """Rank-biserial effect and two-sided p-value; None, None without pairs."""
    n = len(differences)
    if n == 0:
        return None, None
    ranks = stats.rankdata(np.abs(differences))
    positive, negative = ranks[differences > 0].sum(), ranks[differences < 0].sum()
    effect = float(positive - negative) / (n * (n + 1) / 2.0)
    return effect, sign_flip_p(ranks[differences != 0], float(positive))


def _shift(
    differences: Floats, level: float
) -> tuple[float | None, tuple[float | None, float | None]]:
    """Hodges–Lehmann shift and its interval; the latter open where n is too small."""
    n = len(differences)
    if n == 0:
        return None, (None, None)
    pairs = n * (n + 1) // 2
    middle = ((pairs + 1) // 2, pairs // 2 + 1)
    k = critical_rank(n, level=level)
    bounds = (k, pairs + 1 - k) if k else ()
    below, above, *ends = walsh_quantiles(differences, (*middle, *bounds))
    return (below + above) / 2.0, (ends[0], ends[1]) if ends else (None, None)


def _rate_interval(differences: Floats, level: float) -> tuple[float | None, float | None]:
    """Bonett–Price interval of the mean of differences in [−1, 1], one added at either end."""
    n = len(differences)
    if n < 2:
        return None, None
    mean = float(differences.sum()) / (n + 2)
    square = (float((differences**2).sum()) + 2.0) / (n + 2)
    error = math.sqrt((square - mean**2) / (n + 2))
    reach = float(stats.t.ppf((1.0 + level) / 2.0, n - 1)) * error
    return max(mean - reach, -1.0), min(mean + reach, 1.0)
