"""Minimum n, verdict codes and Holm's adjustment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inputgrad.statistics.correlation import spearman
from inputgrad.statistics.estimates import (
    Comparison,
    NullTest,
    Verdict,
    minimum_n,
    smallest_p,
)
from inputgrad.statistics.families import (
    EQUIVALENCE_MARGINS,
    PRIMARY_MEASURES,
    holm,
    holm_p_values,
    practically_equal,
)
from inputgrad.statistics.paired import paired

unhurried = settings(deadline=None, max_examples=50)  # the machine may be busy


@pytest.mark.parametrize(
    ("family_size", "minimum"), [(1, 6), (2, 7), (3, 7), (4, 8), (6, 8), (7, 9), (8, 9), (100, 12)]
)
def test_minimum_n_of_sign_flips(family_size: int, minimum: int) -> None:
    assert minimum_n(NullTest.SIGN_FLIP, family_size) == minimum


@pytest.mark.parametrize("test", list(NullTest))
@unhurried
@given(st.integers(1, 200), st.sampled_from([0.8, 0.95, 0.99]))
def test_minimum_n_is_the_first_that_can_be_significant(
    test: NullTest, family_size: int, level: float
) -> None:
    n = minimum_n(test, family_size, level)
    assert smallest_p(test, n) <= (1.0 - level) / family_size < smallest_p(test, n - 1)


def test_the_best_possible_sample_is_significant_from_the_minimum_on() -> None:
    for family_size in (1, 8, 30):
        n = minimum_n(NullTest.SIGN_FLIP, family_size)
        all_higher = [float(i) for i in range(1, n + 1)]
        result = paired(all_higher, [0.0] * n, family_size=family_size)
        assert result.verdict is Verdict.HIGHER
        fewer = paired(all_higher[1:], [0.0] * (n - 1), family_size=family_size)
        assert fewer.verdict is Verdict.TOO_FEW
        m = minimum_n(NullTest.RANK_CORRELATION, family_size)
        assert spearman(range(m), range(m), family_size=family_size).verdict is Verdict.HIGHER


@pytest.mark.parametrize("family_size", [0, -3])
def test_an_empty_family_is_refused(family_size: int) -> None:
    with pytest.raises(ValueError, match="family_size must be 1 or more"):
        minimum_n(NullTest.SIGN_FLIP, family_size)


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.6, 0.9], [1.0, 1.0]),
        ([0.02, None], [0.04, None]),
        ([], []),
    ],
)
def test_holm_p_values(p_values: list[float | None], expected: list[float | None]) -> None:
    # the first two: R's p.adjust(method = "holm")
    adjusted = holm_p_values({str(i): p for i, p in enumerate(p_values)})
    assert list(adjusted.values()) == [None if p is None else pytest.approx(p) for p in expected]


@unhurried
@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_plain_and_bonferroni(
    p_values: dict[str, float],
) -> None:
    adjusted = holm_p_values(p_values)
    assert list(adjusted) == list(p_values)
    for name, p_value in p_values.items():
        value = adjusted[name]
        assert value is not None
        assert p_value <= value <= min(1.0, len(p_values) * p_value)


def comparison(shift: float, n: int) -> Comparison:
    rng = np.random.default_rng(n)
    return paired(rng.normal(shift, 1.0, n), np.zeros(n))


def test_holm_sets_verdicts_of_the_whole_family() -> None:
    raw = {
        "clear": comparison(-3.0, 20),
        "none": comparison(0.0, 20),
        "weak": comparison(0.58, 20),
        "few": comparison(3.0, 7),
    }
    family = holm(raw)
    assert raw["weak"].verdict is Verdict.HIGHER
    assert raw["few"].verdict is Verdict.HIGHER
    assert {name: item.verdict for name, item in family.items()} == {
        "clear": Verdict.LOWER,
        "none": Verdict.NO_DIFFERENCE,
        "weak": Verdict.NO_DIFFERENCE,
        "few": Verdict.TOO_FEW,
    }
    for name, item in family.items():
        assert (item.family_size, item.minimum_n) == (4, 8)
        assert (item.estimate, item.low, item.p_value) == (
            raw[name].estimate,
            raw[name].low,
            raw[name].p_value,
        )
    assert holm(family) == family


def test_holm_reaches_further_than_bonferroni() -> None:
    raw = {"first": comparison(3.0, 20), "second": comparison(0.58, 20)}
    p_value = raw["second"].p_value
    assert p_value is not None and 0.025 < p_value < 0.05
    assert holm(raw)["second"].verdict is Verdict.HIGHER


def test_holm_of_mixed_tests_uses_the_minimum_of_each() -> None:
    family = holm({"shift": comparison(0.0, 20), "rho": spearman(range(20), range(20))})
    assert {name: item.minimum_n for name, item in family.items()} == {"shift": 7, "rho": 5}


def test_holm_of_nothing_is_nothing_and_levels_must_agree() -> None:
    assert holm({}) == {}
    with pytest.raises(ValueError, match="share one level"):
        holm({"a": paired([1.0], [2.0]), "b": paired([1.0], [2.0], level=0.9)})


def test_practically_equal_asks_that_the_whole_interval_is_within_the_margin() -> None:
    assert EQUIVALENCE_MARGINS.keys() == {
        measure
        for family, measures in PRIMARY_MEASURES.items()
        for measure in measures
        if family != "robustness"
    }
    close = paired([0.5 + 0.001 * i for i in range(20)], [0.5] * 20)
    assert close.verdict is Verdict.HIGHER  # a difference is seen, and it is next to nothing
    assert practically_equal("gini", close)
    assert not practically_equal("gini", replace(close, high=0.05))
    assert not practically_equal("gini", replace(close, low=-0.051))
    assert not practically_equal("gini", replace(close, low=None))
    assert not practically_equal("iterations_predicted", close)
