"""Kendall's W against its formula, and the smallest correlation that a sample can show."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from inputgrad.statistics.concordance import concordance
from inputgrad.statistics.correlation import smallest_seen, spearman


def of_scores(scores: list[list[float]], images: int = 8) -> float | None:
    """W of scores by (object, judge), the same for every image."""
    values = np.repeat(np.array(scores, dtype=float)[:, :, None], images, axis=2)
    return concordance(values).estimate


def test_by_hand() -> None:
    # six objects, three judges: Kendall's own arithmetic, S = 158.5 by rank sums
    ranks = [[5, 2, 4], [4, 3, 6], [1, 1, 1], [6, 6, 5], [3, 4, 2], [2, 5, 3]]
    sums = np.array(ranks).sum(axis=1)
    expected = 12 * ((sums - sums.mean()) ** 2).sum() / (9 * (216 - 6))
    assert of_scores(ranks) == pytest.approx(expected)
    assert of_scores([[1, 10], [2, 20], [3, 30]]) == 1
    assert of_scores([[1, 3], [2, 2], [3, 1]]) == 0
    assert of_scores([[1, 1], [1, 2], [1, 3]]) == 0.5  # one judge ranks nothing
    assert of_scores([[1, 1], [1, 1], [1, 1]]) is None


@given(st.integers(3, 6), st.integers(2, 5), st.integers(0, 10_000))
def test_w_is_friedmans_statistic(objects: int, judges: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 6, (objects, judges)).astype(float)
    varying = (np.ptp(scores, axis=0) > 0).all()
    if judges < 3 or not varying:
        return
    friedman = stats.friedmanchisquare(*scores).statistic
    assert of_scores(scores.tolist()) == pytest.approx(friedman / (judges * (objects - 1)))


def test_the_interval_is_over_images() -> None:
    random = np.random.default_rng(1)
    clear = np.arange(4.0)[:, None, None] + 0.01 * random.standard_normal((4, 3, 30))
    found = concordance(clear)
    assert (found.estimate, found.low, found.high, found.n) == (1, 1, 1, 30)
    noise = concordance(random.standard_normal((4, 3, 30)))
    assert noise.low is not None and noise.high is not None and noise.estimate is not None
    assert noise.low <= noise.estimate <= noise.high
    assert noise.high - noise.low > 0.3
    assert concordance(clear) == found


def test_what_is_missing_is_left_out_and_too_little_says_nothing() -> None:
    clear = np.arange(4.0)[:, None, None] + np.zeros((4, 3, 9))
    holes = clear.copy()
    holes[1, 2, 3] = np.nan
    holes[:, :, 8] = np.nan
    assert (concordance(holes).estimate, concordance(holes).n) == (1, 8)
    assert concordance(clear[:2]).estimate is None
    assert concordance(clear[:, :1]).estimate is None
    assert concordance(clear[:, :, :5]).low is None
    holes[0, 0] = np.nan
    assert concordance(holes).estimate is None


@given(st.integers(5, 500))
def test_the_smallest_correlation_is_where_students_t_is_critical(n: int) -> None:
    rho = smallest_seen(n)
    assert rho is not None and 0 < rho < 1
    score = rho * np.sqrt((n - 2) / (1 - rho**2))
    assert 2 * stats.t.sf(score, n - 2) == pytest.approx(0.05)
    assert smallest_seen(4) is None


def test_a_weaker_correlation_is_hardly_seen_and_a_stronger_one_is() -> None:
    random = np.random.default_rng(0)
    x, limit = np.arange(20.0), smallest_seen(20)
    assert limit is not None
    weaker, stronger = [], []
    for _ in range(400):
        y = x + random.uniform(5, 60) * random.standard_normal(20)
        found = spearman(x, y, permutations=999)
        assert found.estimate is not None and found.p_value is not None
        if abs(found.estimate) < limit - 0.03:
            weaker.append(found.p_value <= 0.05)
        elif abs(found.estimate) > limit + 0.1:
            stronger.append(found.p_value <= 0.05)
    assert len(weaker) > 100 and np.mean(weaker) < 0.02
    assert len(stronger) > 50 and np.mean(stronger) > 0.95
