"""Medians, rates and curves: identities, properties, and SciPy as oracle."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import censored_median, interval_rank, median
from inputgrad.statistics.rates import rate
from inputgrad.statistics.survival import share_fooled

unhurried = settings(deadline=None, max_examples=50)  # the machine may be busy
BUDGET = 20
integers = st.lists(st.integers(-5, 5), min_size=1, max_size=40)
reals = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=40)
counted = st.lists(st.integers(1, BUDGET + 5), min_size=1, max_size=40)


def capped(counts: list[int]) -> tuple[list[int], list[bool]]:
    return [min(k, BUDGET) for k in counts], [k > BUDGET for k in counts]


@pytest.mark.parametrize(
    ("n", "k"), [(0, 0), (1, 0), (5, 0), (6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (100, 40)]
)
def test_order_statistics_of_the_published_table(n: int, k: int) -> None:
    # Conover 1999, table A3 for p = 1/2; also the well-known 95 % ranks 6 and 15 of 20
    assert interval_rank(n) == k


@unhurried
@given(st.integers(6, 300), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_interval_rank_is_the_largest_that_covers(n: int, level: float) -> None:
    k = interval_rank(n, level=level)
    coverage = [1.0 - 2.0 * stats.binom.cdf(rank - 1, n, 0.5) for rank in (k, k + 1)]
    assert k == 0 or coverage[0] >= level - 1e-12
    assert coverage[1] < level


@unhurried
@given(integers)
def test_median_agrees_with_numpy_and_lies_in_its_interval(values: list[int]) -> None:
    result = median(values)
    assert result.estimate == np.median(values)
    assert result.n == len(values)
    if len(values) < 6:
        assert (result.low, result.high) == (None, None)
    else:
        assert result.low is not None and result.high is not None
        assert result.low <= np.median(values) <= result.high
        assert {result.low, result.high} <= {float(value) for value in values}


@unhurried
@given(reals, st.randoms(use_true_random=False))
def test_median_ignores_order_and_turns_with_the_sign(values: list[float], random: Random) -> None:
    shuffled = random.sample(values, len(values))
    assert median(values) == median(shuffled)
    turned = median([-value for value in values])
    forward = median(values)
    assert turned.estimate == -forward.estimate  # type: ignore[operator]
    if forward.low is not None and forward.high is not None:
        assert (turned.low, turned.high) == (-forward.high, -forward.low)


def test_wider_level_never_gives_a_narrower_interval() -> None:
    values = np.random.default_rng(0).normal(size=30)
    bounds = [median(values, level=level) for level in (0.8, 0.9, 0.95, 0.99)]
    assert all(a.low >= b.low and a.high <= b.high for a, b in pairwise(bounds))  # type: ignore[operator]


@unhurried
@given(counted)
def test_censored_median_is_the_median_with_infinity_for_the_censored(counts: list[int]) -> None:
    values, flags = capped(counts)
    result = censored_median(values, flags, budget=BUDGET)
    uncapped = float(np.median([math.inf if k > BUDGET else k for k in counts]))
    assert result.reached == math.isfinite(uncapped)
    assert result.estimate == (uncapped if result.reached else None)
    assert result.censored == sum(flags)
    assert result.budget == BUDGET


@unhurried
@given(counted)
def test_without_censoring_both_medians_agree(counts: list[int]) -> None:
    values = [min(k, BUDGET) for k in counts]
    plain, censored = median(values), censored_median(values, [False] * len(values), budget=BUDGET)
    assert (plain.estimate, plain.low, plain.high) == (
        censored.estimate,
        censored.low,
        censored.high,
    )


def test_all_censored_is_beyond_the_budget_with_an_open_end() -> None:
    result = censored_median([BUDGET] * 10, [True] * 10, budget=BUDGET)
    assert (result.estimate, result.reached) == (None, False)
    assert (result.low, result.high, result.censored) == (BUDGET, None, 10)


def test_upper_end_beyond_the_budget_is_open_though_the_median_is_reached() -> None:
    counts = [1, 2, 3, 4, 5, 6, 7] + [BUDGET] * 5
    result = censored_median(counts, [False] * 7 + [True] * 5, budget=BUDGET)
    assert (result.estimate, result.low, result.high) == (6.5, 3.0, None)


def test_success_at_the_budget_is_not_censored() -> None:
    assert censored_median([BUDGET] * 7, [False] * 7, budget=BUDGET).estimate == BUDGET


@pytest.mark.parametrize(
    ("counts", "flags", "message"),
    [
        ([21.0], [False], "beyond the budget"),
        ([5.0], [True], "must be the budget"),
        ([5.0, 6.0], [False], "one of each per image"),
        ([5.0], [0.5], "true or false"),
        ([math.nan], [False], "missing or infinite"),
    ],
)
def test_contradictory_censoring_is_refused(
    counts: list[float], flags: list[bool], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        censored_median(counts, flags, budget=BUDGET)


@unhurried
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_rate_agrees_with_scipy_and_mirrors(case: tuple[int, int]) -> None:
    successes, n = case
    result, mirrored = rate(successes, n), rate(n - successes, n)
    oracle = stats.binomtest(successes, n).proportion_ci(method="exact")
    assert (result.low, result.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)
    assert (result.low, result.high) == pytest.approx(
        (1.0 - mirrored.high, 1.0 - mirrored.low),
        abs=1e-12,  # type: ignore[operator]
    )


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 20, 0.0, 0.1684),
        (5, 10, 0.1871, 0.8129),
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
    ],
)
def test_rate_agrees_with_published_intervals(
    successes: int, n: int, low: float, high: float
) -> None:
    # 81/263 and 15/148: R. G. Newcombe, Statistics in Medicine 17, 1998, table I, method 5
    result = rate(successes, n)
    assert (result.low, result.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 5), (1.5, 3), (math.nan, 3), (0, -1)])
def test_impossible_rates_are_refused(successes: float, n: int) -> None:
    with pytest.raises(ValueError, match="whole number"):
        rate(successes, n)  # type: ignore[arg-type]


@unhurried
@given(counted)
def test_share_fooled_is_one_minus_kaplan_meier(counts: list[int]) -> None:
    values, flags = capped(counts)
    ks = range(1, BUDGET + 1)
    curve = share_fooled(values, flags, ks=ks)
    data = stats.CensoredData.right_censored(np.array(values, dtype=float), np.array(flags))
    survival = stats.ecdf(data).sf.evaluate(np.array(ks, dtype=float))
    assert [point.estimate for point in curve.points] == pytest.approx(list(1.0 - survival))
    assert curve.ks == tuple(ks)


@unhurried
@given(counted)
def test_share_fooled_never_falls_and_stays_in_its_band(counts: list[int]) -> None:
    points = share_fooled(*capped(counts), ks=range(BUDGET + 1)).points
    shares = [point.estimate for point in points]
    assert shares == sorted(shares)  # type: ignore[type-var]
    assert all(p.low <= p.estimate <= p.high for p in points)  # type: ignore[operator]


def test_share_fooled_is_unknown_beyond_the_budget() -> None:
    with pytest.raises(ValueError, match="beyond the budget of 20"):
        share_fooled([3, 20], [False, True], ks=[21])
    assert share_fooled([3, 20], [False, False], ks=[21]).points[0].estimate == 1.0


def test_share_fooled_wants_one_common_budget() -> None:
    with pytest.raises(ValueError, match="must be the budget"):
        share_fooled([10, 20], [True, True], ks=[5])


EMPTY: dict[str, Callable[[], Estimate]] = {
    "median": lambda: median([]),
    "censored_median": lambda: censored_median([], [], budget=BUDGET),
    "rate": lambda: rate(0, 0),
    "share_fooled": lambda: share_fooled([], [], ks=[3]).points[0],
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_sample_has_no_number(name: str) -> None:
    result = EMPTY[name]()
    assert (result.estimate, result.low, result.high, result.n) == (None, None, None, 0)


@pytest.mark.parametrize("values", [[1.0, math.nan], [math.inf, 1.0], [1.0, None], ["a"]])
def test_missing_values_are_refused_with_the_remedy(values: list[object]) -> None:
    with pytest.raises(ValueError, match=r"valid rows first|without missing entries"):
        median(values)  # type: ignore[arg-type]


def test_a_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="one dimension"):
        median(np.zeros((2, 3)))


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    for call in (
        lambda: median([1.0] * 10, level=level),
        lambda: rate(1, 2, level=level),
    ):
        with pytest.raises(ValueError, match="between 0 and 1"):
            call()
