"""What every statistic returns: a number, the interval around it, its n and a verdict code.

A verdict is ``too_few`` when no sample of that size could have been significant: when n is below
the first one at which the smallest p-value that the test can give reaches (1 − level) / family size
(Bonferroni, the first step of Holm). For the sign-flip tests (Wilcoxon, McNemar) the smallest
two-sided p-value is 2 / 2ⁿ; for Spearman's it is that of a perfect rank correlation, 2 of all n!
orders or, where not all are tried, 1 / (1 + B).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

LEVEL = 0.95
"""Default confidence level of every interval; verdicts are made at 1 − level."""

ALL_PERMUTED = 8
"""Most pairs of which every permutation is tried for a rank correlation (40,320)."""

PERMUTATIONS = 20_000
"""Permutations that are drawn for it where not all are tried."""

LARGEST_PERMUTED = 200
"""Most pairs for which they are; the statistic of more is as good as normal."""


class Verdict(StrEnum):
    """What a comparison shows; the report's templates turn the code into a sentence."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_DIFFERENCE = "no_difference"
    TOO_FEW = "too_few"


DIRECTIONS = (Verdict.HIGHER, Verdict.LOWER)
"""Verdicts that establish something."""


class NullTest(StrEnum):
    """The kind of test behind a comparison, which decides the minimum n."""

    SIGN_FLIP = "sign_flip"
    RANK_CORRELATION = "rank_correlation"


class State(StrEnum):
    """Whether there is a number."""

    MEASURED = "measured"
    BEYOND_BUDGET = "beyond_budget"  # a median that only the budget bounds: write '> budget'
    NOT_MEASURED = "not_measured"


class Interval(StrEnum):
    """Which ends of an interval there are."""

    CLOSED = "closed"
    OPEN_BELOW = "open_below"
    OPEN_ABOVE = "open_above"
    BEYOND_BUDGET = "beyond_budget"  # open above because the upper end exceeds the budget
    NONE = "none"  # too few observations for the level


class Sign(StrEnum):
    """On which side of 0 an interval is."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCLUDES_ZERO = "includes_zero"
    NO_INTERVAL = "no_interval"


class WasTested(StrEnum):
    """Whether a comparison could be tested, and if not, why."""

    TESTED = "tested"
    TOO_FEW = "too_few"  # n is below the minimum n of the family
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number of one sample with what surrounds it.

    ``low`` or ``high`` is None where the interval is open on that side: too few observations for
    the level, or an upper end beyond the budget. ``estimate`` is None for an empty sample, and for
    a median beyond the budget (``reached`` is then False: write '> budget').
    """

    estimate: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    level: float = LEVEL
    censored: int = 0
    reached: bool = True
    budget: float | None = None

    @property
    def state(self) -> State:
        """Whether there is a number to print."""
        if self.estimate is not None:
            return State.MEASURED
        return State.NOT_MEASURED if self.reached else State.BEYOND_BUDGET

    @property
    def count(self) -> int:
        """Of a share: how many of the n; 0 where there is no share."""
        return round((self.estimate or 0.0) * self.n)

    @property
    def interval(self) -> Interval:
        """Which ends of the interval there are."""
        kind = interval_kind(self.low, self.high)
        beyond = kind is Interval.OPEN_ABOVE and self.budget is not None
        return Interval.BEYOND_BUDGET if beyond else kind


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired comparison, a rate difference or a correlation.

    ``estimate`` is the shift of a over b in the measure's unit, a difference of rates, or
    Spearman's rho, with its pointwise interval; ``effect`` is scale-free, in [−1, 1]. ``p_value``
    is unadjusted, ``p_adjusted`` belongs to the whole family of ``family_size`` comparisons, and
    only that one decides the ``verdict``.
    """

    estimate: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    effect: float | None
    p_value: float | None
    verdict: Verdict
    minimum_n: int
    p_adjusted: float | None = None
    family_size: int = 1
    level: float = LEVEL
    test: NullTest = NullTest.SIGN_FLIP

    @property
    def state(self) -> State:
        """Whether there is a number to print."""
        return State.NOT_MEASURED if self.estimate is None else State.MEASURED

    @property
    def interval(self) -> Interval:
        """Which ends of the interval there are."""
        return interval_kind(self.low, self.high)

    @property
    def sign(self) -> Sign:
        """On which side of 0 the pointwise interval is; unlike the verdict it knows no family."""
        if self.low is None and self.high is None:
            return Sign.NO_INTERVAL
        if self.low is not None and self.low > 0.0:
            return Sign.POSITIVE
        return Sign.NEGATIVE if self.high is not None and self.high < 0.0 else Sign.INCLUDES_ZERO

    @property
    def tested(self) -> WasTested:
        """Whether the family's test could find anything, and if not, why."""
        if self.verdict is not Verdict.TOO_FEW:
            return WasTested.TESTED
        return WasTested.TOO_FEW if self.n < self.minimum_n else WasTested.NO_VARIATION

    @property
    def mostly_equal(self) -> bool:
        """Whether the typical pair is equal, although the verdict may find a direction."""
        return self.estimate == 0.0


def comparison(
    *,
    estimate: float | None,
    interval: tuple[float | None, float | None],
    n: int,
    method: str,
    effect: float | None,
    p_value: float | None,
    family_size: int,
    level: float,
    test: NullTest,
) -> Comparison:
    """A comparison that is alone in its family: Bonferroni's adjustment, minimum n, verdict."""
    p_adjusted = None if p_value is None else min(1.0, p_value * family_size)
    minimum = minimum_n(test, family_size, level)
    code = verdict(effect=effect, p_adjusted=p_adjusted, n=n, minimum=minimum, level=level)
    return Comparison(
        estimate,
        interval[0],
        interval[1],
        n,
        method,
        effect,
        p_value,
        code,
        minimum,
        p_adjusted=p_adjusted,
        family_size=family_size,
        level=level,
        test=test,
    )


def interval_kind(low: float | None, high: float | None) -> Interval:
    """Which ends of an interval there are."""
    if low is None:
        return Interval.NONE if high is None else Interval.OPEN_BELOW
    return Interval.OPEN_ABOVE if high is None else Interval.CLOSED


def verdict(
    *, effect: float | None, p_adjusted: float | None, n: int, minimum: int, level: float
) -> Verdict:
    """Verdict code from the direction of the effect and the family's p-value.

    ``too_few`` also where nothing could be tested (``p_adjusted`` None), as with a constant.
    """
    if n < minimum or effect is None or p_adjusted is None:
        return Verdict.TOO_FEW
    if p_adjusted > 1.0 - level or effect == 0.0:
        return Verdict.NO_DIFFERENCE
    return Verdict.HIGHER if effect > 0.0 else Verdict.LOWER


def minimum_n(test: NullTest, family_size: int, level: float = LEVEL) -> int:
    """Fewest observations whose smallest p-value reaches (1 − level) / family_size.

    Sign flips need 6 for one test and 9 for eight. Raises ValueError for a family below 1 or a
    level outside (0, 1).
    """
    if family_size < 1:
        raise ValueError(f"family_size must be 1 or more, not {family_size}")
    check_level(level)
    n = 1
    while smallest_p(test, n) > (1.0 - level) / family_size:
        n += 1
    return n


def smallest_p(test: NullTest, n: int) -> float:
    """Smallest two-sided p-value that ``test`` can give with n observations, in (0, 1]."""
    if test is NullTest.SIGN_FLIP:
        return min(1.0, 2.0 / 2.0**n)
    if n < 4:
        return 1.0
    if n <= ALL_PERMUTED:
        return min(1.0, 2.0 / math.factorial(n))
    return 1.0 / (1.0 + PERMUTATIONS) if n <= LARGEST_PERMUTED else 0.0


def bonett_wright_error(rho: float, n: int) -> float:
    """Standard error of artanh(rho) for Spearman's rho of n ≥ 4 pairs.

    √((1 + rho²/2) / (n − 3)): D. G. Bonett, T. A. Wright, Psychometrika 65, 2000, equation 6.
    """
    return math.sqrt((1.0 + rho**2 / 2.0) / (n - 3))


def check_level(level: float) -> None:
    """Raise ValueError unless 0 < level < 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, not {level}")
