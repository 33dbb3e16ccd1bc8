"""Paired comparisons and correlations: identities, properties, published examples, brute force."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inputgrad.statistics import correlation, signed_ranks
from inputgrad.statistics.correlation import spearman
from inputgrad.statistics.estimates import (
    LARGEST_PERMUTED,
    Comparison,
    NullTest,
    Verdict,
    bonett_wright_error,
    smallest_p,
)
from inputgrad.statistics.paired import clustered_rates, paired, paired_rates

unhurried = settings(deadline=None, max_examples=50)  # the machine may be busy
SWAPPED = {
    Verdict.HIGHER: Verdict.LOWER,
    Verdict.LOWER: Verdict.HIGHER,
    Verdict.NO_DIFFERENCE: Verdict.NO_DIFFERENCE,
    Verdict.TOO_FEW: Verdict.TOO_FEW,
}
COMPARE = {"paired": paired, "paired_rates": paired_rates, "spearman": spearman}

pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)
flags = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30)
few = st.lists(st.integers(-4, 4), min_size=1, max_size=9)


def columns(rows: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [a for a, _ in rows], [b for _, b in rows]


def negated(value: float | None) -> float | None:
    return None if value is None else -value


def assert_mirrored(result: Comparison, mirrored: Comparison) -> None:
    """Estimate, interval, effect and verdict of the swapped comparison have the other sign."""
    expected = (result.estimate, result.high, result.low, result.effect)
    assert (mirrored.estimate, mirrored.low, mirrored.high, mirrored.effect) == pytest.approx(
        tuple(negated(value) for value in expected)
    )
    assert mirrored.p_value == pytest.approx(result.p_value)
    assert mirrored.verdict is SWAPPED[result.verdict]


# Wilcoxon -----------------------------------------------------------------------------------------


def test_paired_on_the_depression_scores_of_hollander_and_wolfe() -> None:
    # Hollander, Wolfe 1999, table 3.1 and examples 3.1 to 3.3: two-sided p 2 × 0.0195
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
    result = paired(before, after)
    assert result.p_value == pytest.approx(0.0390625)
    assert (result.estimate, result.low, result.high) == pytest.approx((0.46, 0.010, 0.786))
    assert result.verdict is Verdict.HIGHER
    assert result.effect == pytest.approx((40 - 5) / 45)


def test_paired_on_darwins_corn() -> None:
    # C. Darwin 1876, as in R. A. Fisher, The Design of Experiments, 1935, section 17
    differences = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]
    result = paired(differences, [0] * 15)
    assert result.p_value == pytest.approx(stats.wilcoxon(differences, method="exact").pvalue)
    assert result.p_value == pytest.approx(0.041259765625)


@unhurried
@given(few)
def test_paired_p_value_counts_all_sign_flips(differences: list[int]) -> None:
    ranks = stats.rankdata(np.abs(differences))[np.array(differences) != 0]
    signs = np.array(list(itertools.product((-1, 1), repeat=len(ranks))))
    observed = sum(
        np.sign(d) * r for d, r in zip([d for d in differences if d], ranks, strict=True)
    )
    brute = np.mean(np.abs(signs @ ranks) >= abs(observed) - 1e-9) if len(ranks) else 1.0
    assert paired(differences, [0] * len(differences)).p_value == pytest.approx(brute)


@unhurried
@given(st.lists(st.floats(-100, 100), min_size=6, max_size=25))
def test_shift_is_the_median_of_the_walsh_averages(differences: list[float]) -> None:
    averages = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(differences, 2)]
    result = paired(differences, [0.0] * len(differences))
    assert result.estimate == pytest.approx(np.median(averages), abs=1e-9)
    assert result.low is not None and result.high is not None
    assert result.low <= result.estimate <= result.high  # type: ignore[operator]


@unhurried
@given(pairs)
def test_paired_swaps_with_the_models_and_ignores_the_order(rows: list[tuple[int, int]]) -> None:
    a, b = columns(rows)
    result = paired(a, b)
    assert_mirrored(result, paired(b, a))
    assert paired(a[::-1], b[::-1]) == result


def test_paired_agrees_with_scipy_for_many_tied_pairs() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(1, 30, 900), rng.integers(1, 31, 900)
    oracle = stats.wilcoxon(a, b, zero_method="pratt", correction=False, method="approx")
    assert paired(a, b).p_value == pytest.approx(oracle.pvalue, rel=1e-6)


def test_normal_and_exact_p_values_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 12, 180), rng.integers(0, 13, 180)
    exact = paired(a, b)
    monkeypatch.setattr(signed_ranks, "EXACT_UP_TO", 100)
    normal = paired(a, b)
    assert normal.p_value == pytest.approx(exact.p_value, abs=2e-3)
    assert (normal.low, normal.high) == (exact.low, exact.high)


def test_counted_and_listed_walsh_averages_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    for differences in (
        np.random.default_rng(3).normal(size=150),
        np.random.default_rng(4).integers(-9, 9, 150).astype(float),
    ):
        ranks = (1, 700, 5000, 150 * 151 // 2)
        listed = signed_ranks.walsh_quantiles(differences, ranks)
        with monkeypatch.context() as patch:
            patch.setattr(signed_ranks, "ENUMERATED_UP_TO", 10)
            counted = signed_ranks.walsh_quantiles(differences, ranks)
        assert counted == pytest.approx(listed, abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(5, 0), (6, 1), (9, 6), (20, 53), (25, 90)])
def test_critical_ranks_of_the_published_table(n: int, k: int) -> None:
    # critical values of T at a two-sided 0.05 (0, 5, 52, 89 for 6, 9, 20, 25 pairs), plus one
    assert signed_ranks.critical_rank(n, level=0.95) == k


def test_equal_pairs_show_no_difference_and_doubling_them_neither() -> None:
    values = [3, 4, 4, 7, 9, 1, 2]
    for repeat in (1, 5):
        result = paired(values * repeat, values * repeat)
        assert (result.estimate, result.low, result.high) == (0.0, 0.0, 0.0)
        assert (result.effect, result.p_value) == (0.0, 1.0)
        assert result.verdict is Verdict.NO_DIFFERENCE


def test_duplicated_pairs_keep_the_shift_and_sharpen_the_test() -> None:
    a, b = [5, 8, 7, 9, 6, 9, 3, 8], [4, 6, 7, 6, 5, 5, 4, 6]
    once, thrice = paired(a, b), paired(a * 3, b * 3)
    assert thrice.estimate == once.estimate
    assert thrice.p_value < once.p_value  # type: ignore[operator]
    assert thrice.high - thrice.low <= once.high - once.low  # type: ignore[operator]


def test_all_censored_in_both_models_shows_no_difference() -> None:
    assert paired([100] * 12, [100] * 12).verdict is Verdict.NO_DIFFERENCE


# McNemar ------------------------------------------------------------------------------------------


def test_paired_rates_on_airway_responsiveness() -> None:
    # 1 and 7 of 21 children differ; exact p 0.070: M. W. Fagerland, S. Lydersen, P. Laake,
    # BMC Medical Research Methodology 13, 2013, table 5
    a = [True] * 1 + [True] * 1 + [False] * 7 + [False] * 12
    b = [True] * 1 + [False] * 1 + [True] * 7 + [False] * 12
    result = paired_rates(a, b)
    assert result.p_value == pytest.approx(0.0703125)
    assert result.estimate == pytest.approx(-6 / 21)
    assert result.effect == pytest.approx(-6 / 8)
    assert result.low < -6 / 21 < result.high  # type: ignore[operator]
    assert result.verdict is Verdict.NO_DIFFERENCE


@unhurried
@given(flags)
def test_paired_rates_swap_with_the_models(rows: list[tuple[bool, bool]]) -> None:
    a, b = columns(rows)
    result = paired_rates(a, b)
    assert_mirrored(result, paired_rates(b, a))
    if len(rows) >= 2:
        assert -1.0 <= result.low <= result.estimate <= result.high <= 1.0  # type: ignore[operator]


@unhurried
@given(flags.filter(lambda rows: len(rows) >= 1))
def test_paired_rates_agree_with_the_binomial_test(rows: list[tuple[bool, bool]]) -> None:
    a, b = columns(rows)
    only_a, only_b = sum(x > y for x, y in rows), sum(x < y for x, y in rows)
    expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert paired_rates(a, b).p_value == pytest.approx(expected)


def test_paired_rates_cover_by_enumeration_of_every_outcome() -> None:
    n, outcomes, intervals = 20, [], []
    for only_a, only_b in itertools.product(range(n + 1), repeat=2):
        if only_a + only_b <= n:
            equal = [0] * (n - only_a - only_b)
            result = paired_rates(
                [1] * only_a + [0] * only_b + equal, [0] * only_a + [1] * only_b + equal
            )
            outcomes.append((only_a, only_b, len(equal)))
            intervals.append((result.low, result.high))
    low, high = np.array(intervals, dtype=float).T
    for differ, lean in itertools.product(np.arange(1, 101) / 100, (0.5, 0.6, 0.75, 0.9, 1.0)):
        p, q = differ * lean, differ * (1.0 - lean)
        chance = stats.multinomial.pmf(outcomes, n, [p, q, 1.0 - p - q])
        inside = (low - 1e-9 <= p - q) & (p - q <= high + 1e-9)
        assert chance[inside].sum() >= 0.94


def test_paired_rates_refuse_counts() -> None:
    with pytest.raises(ValueError, match="true or false"):
        paired_rates([0, 2], [1, 1])


clusters = st.integers(1, 3).flatmap(
    lambda m: st.lists(
        st.tuples(*[st.lists(st.booleans(), min_size=m, max_size=m)] * 2), min_size=1, max_size=9
    )
)


@unhurried
@given(flags.filter(bool))
def test_clusters_of_one_verdict_are_rates(rows: list[tuple[bool, bool]]) -> None:
    a, b = columns(rows)
    single = clustered_rates([[x] for x in a], [[x] for x in b])
    rates = paired_rates(a, b)
    for name in ("estimate", "low", "high", "effect", "p_value", "n"):
        assert getattr(single, name) == pytest.approx(getattr(rates, name)), name
    assert (single.verdict, single.minimum_n) == (rates.verdict, rates.minimum_n)


@unhurried
@given(clusters)
def test_clustered_rates_flip_whole_clusters(rows: list[tuple[list[bool], list[bool]]]) -> None:
    """By trying every sign; swapped, they are mirrored."""
    a, b = zip(*rows, strict=True)
    result = clustered_rates(a, b)
    assert_mirrored(result, clustered_rates(b, a))
    counts = np.sum(a, axis=1) - np.sum(b, axis=1, dtype=int)
    sums = [np.dot(signs, counts) for signs in itertools.product((-1, 1), repeat=len(counts))]
    assert result.p_value == pytest.approx(np.mean(np.abs(sums) >= abs(counts.sum())))
    assert result.estimate == pytest.approx(np.mean(a) - np.mean(b))


@unhurried
@given(clusters)
def test_verdicts_of_one_cluster_are_no_further_evidence(
    rows: list[tuple[list[bool], list[bool]]],
) -> None:
    a, b = (np.array(part) for part in zip(*rows, strict=True))
    once, twice = clustered_rates(a, b), clustered_rates(np.hstack([a, a]), np.hstack([b, b]))
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))
    assert twice.p_value == pytest.approx(once.p_value)


def test_clustered_rates_refuse_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"one shape \(clusters, cases\)"):
        clustered_rates([[True, False]], [[True]])
    with pytest.raises(ValueError, match="true or false"):
        clustered_rates([[2, 0]], [[1, 1]])
    assert clustered_rates(np.zeros((0, 2)), np.zeros((0, 2))).verdict is Verdict.TOO_FEW


# Spearman -----------------------------------------------------------------------------------------


quick = partial(spearman, permutations=499)


@unhurried
@given(pairs.filter(lambda rows: min(len({a for a, _ in rows}), len({b for _, b in rows})) > 1))
def test_spearman_agrees_with_scipy(rows: list[tuple[int, int]]) -> None:
    x, y = columns(rows)
    result, oracle = quick(x, y), stats.spearmanr(x, y)
    assert result.estimate == pytest.approx(oracle.statistic, abs=1e-12)


@unhurried
@given(pairs)
def test_spearman_turns_with_either_sign_and_ignores_order_and_roles(
    rows: list[tuple[int, int]],
) -> None:
    x, y = columns(rows)
    result = quick(x, y)
    assert_mirrored(result, quick(x, [-value for value in y]))
    for other in (quick(x[::-1], y[::-1]), quick(y, x), quick([v**3 for v in x], y)):
        assert (other.estimate, other.low, other.high, other.p_value) == pytest.approx(
            (result.estimate, result.low, result.high, result.p_value)
        )


@unhurried
@given(pairs)
def test_a_significant_rho_has_an_interval_without_zero(rows: list[tuple[int, int]]) -> None:
    result = quick(*columns(rows))
    if result.verdict is Verdict.HIGHER:
        assert result.low > 0.0  # type: ignore[operator]
    if result.low is not None and result.high is not None:
        assert -1.0 <= result.low <= result.estimate <= result.high <= 1.0  # type: ignore[operator]


@unhurried
@given(pairs)
def test_an_interval_without_zero_belongs_to_a_significant_rho(rows: list[tuple[int, int]]) -> None:
    result = quick(*columns(rows))
    if result.low is not None and result.high is not None:
        excluded = result.low > 0.0 or result.high < 0.0
        assert excluded == (result.p_value is not None and result.p_value <= 0.05)


def test_spearman_of_intelligence_and_television() -> None:
    # a widely printed example: rho −29/165, p = 0.627 by Student's t
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    result = spearman(iq, hours)
    assert result.estimate == pytest.approx(-29 / 165)
    assert result.p_value == pytest.approx(0.627, abs=0.05)
    assert result.verdict is Verdict.NO_DIFFERENCE


def studentized(x: list[int], y: list[int]) -> float:
    """|artanh ρ| over its error, the influence of each pair by adding up all the others."""
    n = len(x)
    u, v = (stats.rankdata(side) - (n + 1) / 2 for side in (x, y))
    su, sv = u @ u / n, v @ v / n
    cap = 1 - min(np.diff(np.unique(w)).min() ** 2 / (w @ w) for w in (u, v)) / 2
    rho = u @ v / n / math.sqrt(su * sv)
    influence = []
    for i in range(n):
        above = [
            sum(
                other[j] * (0.5 if side[j] == side[i] else 1.0)
                for j in range(n)
                if side[j] >= side[i]
            )
            for side, other in ((u, v), (v, u))
        ]
        ties = sum(-n * (np.mean(w == w[i]) ** 2) * n / (4 * s) for w, s in ((u, su), (v, sv)))
        influence.append((u[i] * v[i] + sum(above)) / math.sqrt(su * sv) - rho / 2 * ties)
    capped = np.clip(rho, -cap, cap)
    own = np.std(influence, ddof=3) / math.sqrt(n - 3) / (1 - capped**2)
    return float(abs(np.arctanh(capped)) / max(own, bonett_wright_error(capped, n)))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 5]),
        ([1, 2, 3, 4, 5, 6], [3, 1, 4, 6, 5, 5]),
        ([1, 1, 2, 3, 3], [2, 2, 1, 5, 5]),
    ],
)
def test_spearman_p_value_of_few_pairs_is_that_of_all_permutations(
    x: list[int], y: list[int]
) -> None:
    observed = studentized(x, y)
    values = [studentized(x, list(order)) for order in itertools.permutations(y)]
    assert spearman(x, y).p_value == pytest.approx(np.mean(np.array(values) >= observed - 1e-9))


def test_the_drawn_permutations_come_near_to_all() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((2, 8))
    all_of_them = spearman(x, y).p_value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "ALL_PERMUTED", 7)
        drawn = spearman(x, y).p_value
    assert drawn == pytest.approx(all_of_them, abs=0.015)
    assert drawn != all_of_them


def test_many_pairs_are_tested_by_the_normal_distribution() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal(LARGEST_PERMUTED)
    y = 0.15 * x + rng.standard_normal(LARGEST_PERMUTED)
    drawn = spearman(x, y).p_value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "LARGEST_PERMUTED", 10)
        normal = spearman(x, y).p_value
    assert drawn * 0.9 < normal < drawn * 1.3  # the larger of two errors errs on the safe side
    assert normal != drawn


def test_spread_that_grows_is_no_correlation() -> None:
    # 400 samples of 20 pairs with a rho of 0 that depend: 5 % and two standard errors are 29
    rng = np.random.default_rng(8)
    seen = 0
    for _ in range(400):
        x = rng.random(20)
        seen += spearman(x, x * rng.standard_normal(20), permutations=199).p_value <= 0.05  # type: ignore[operator]
    assert seen <= 29


@pytest.mark.parametrize("n", [4, 6, 8, 12, 20, 60])
def test_a_perfect_correlation_has_the_smallest_p_value(n: int) -> None:
    x = list(range(n))
    result = spearman(x, x)
    assert (result.estimate, result.high) == (1.0, 1.0)
    assert result.p_value == pytest.approx(smallest_p(NullTest.RANK_CORRELATION, n))
    almost = spearman(x, [1, 0, *x[2:]])
    assert almost.p_value >= result.p_value - 1e-12  # type: ignore[operator]
    assert almost.low < result.low  # type: ignore[operator]


def test_the_jackknife_widens_the_interval_where_the_spread_grows() -> None:
    rng = np.random.default_rng(6)
    x = rng.random(400)
    y = 0.6 * x + 0.4 * x * rng.standard_normal(400)
    result = spearman(x, y)
    assert result.estimate is not None and result.low is not None and result.high is not None
    width = math.atanh(result.high) - math.atanh(result.low)
    assert width > 1.15 * 2 * 1.96 * math.sqrt((1 + result.estimate**2 / 2) / 397)


@pytest.mark.parametrize("x", [[7.0] * 12, [7.0] * 11 + [8.0]])
def test_constant_or_nearly_constant_columns_say_nothing(x: list[float]) -> None:
    result = spearman(x, list(range(12)))
    assert (result.low, result.high, result.p_value) == (None, None, None)
    assert result.verdict is Verdict.TOO_FEW


# All three ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPARE)
@pytest.mark.parametrize("n", [0, 1, 2])
def test_one_or_two_images_are_too_few(name: str, n: int) -> None:
    result = COMPARE[name]([0, 1][:n], [1, 0][:n])
    assert result.verdict is Verdict.TOO_FEW
    assert result.n == n
    if n == 0:
        assert (result.estimate, result.low, result.high, result.p_value) == (None,) * 4


@pytest.mark.parametrize("name", COMPARE)
def test_missing_and_unpaired_values_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 of 3 entries missing"):
        COMPARE[name]([1, math.nan, 0], [1, 1, 0])
    with pytest.raises(ValueError, match="lengths are 3 and 2"):
        COMPARE[name]([1, 0, 1], [1, 0])


@pytest.mark.parametrize("name", COMPARE)
def test_larger_families_need_more_images_and_smaller_p_values(name: str) -> None:
    a, b = [0, 0, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 1, 0]
    alone, one_of_many = COMPARE[name](a, b), COMPARE[name](a, b, family_size=1000)
    assert one_of_many.minimum_n > alone.minimum_n
    assert one_of_many.p_value == alone.p_value
    assert one_of_many.verdict is Verdict.TOO_FEW
