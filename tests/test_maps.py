"""Measures of maps: identities, bounds, freedom of scale, and scipy as an oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import spearmanr

from inputgrad.images.maps import gini, half_mass_share, rank_correlation
from inputgrad.saliency.salient_box import salient_box

Map = NDArray[np.float32]
SIDES = st.integers(2, 12)
LEVELS = st.integers(0, 9).map(lambda level: level / 8)  # few levels: many ties


@st.composite
def maps(draw: st.DrawFn, *, count: int = 1) -> tuple[Map, ...]:
    shape = (draw(SIDES), draw(SIDES))
    return tuple(draw(arrays(np.float32, shape, elements=LEVELS)) for _ in range(count))


def one_pixel(side: int) -> Map:
    found = np.zeros((side, side), np.float32)
    found[side // 3, side // 2] = 0.3
    return found


@pytest.mark.parametrize("value", [1.0, 0.1, 1e-12, 3e7])
@pytest.mark.parametrize("side", [2, 8, 224])
def test_uniform_map(side: int, value: float) -> None:
    uniform = np.full((side, side), value, np.float32)
    assert half_mass_share(uniform) == 0.5
    assert gini(uniform) == pytest.approx(0, abs=1e-9)
    assert salient_box(uniform, quantile=0.9) == (0, 0, side, side)
    assert rank_correlation(uniform, uniform) is None


@pytest.mark.parametrize("side", [2, 16, 224])
def test_one_pixel(side: int) -> None:
    found = one_pixel(side)
    assert half_mass_share(found) == 1 / side**2
    assert gini(found) == pytest.approx(1 - 1 / side**2)


def test_zeros_have_no_measure() -> None:
    zeros, other = np.zeros((9, 9), np.float32), one_pixel(9)
    assert half_mass_share(zeros) is None
    assert gini(zeros) is None
    assert salient_box(zeros, quantile=0.9) is None
    assert rank_correlation(zeros, other) is None
    assert rank_correlation(other, zeros) is None


@given(drawn=maps())
def test_bounds(drawn: tuple[Map]) -> None:
    (found,) = drawn
    assume(found.any())
    share, index = half_mass_share(found), gini(found)
    assert share is not None and index is not None
    assert 1 / found.size <= share <= (found.size + 1) / 2 / found.size
    assert -1e-12 <= index <= 1 - 1 / found.size + 1e-12


@given(drawn=maps())
def test_half_mass_share_is_the_fewest_pixels_with_half_of_the_sum(drawn: tuple[Map]) -> None:
    (found,) = drawn
    assume(found.any())
    falling = sorted(found.ravel().tolist(), reverse=True)  # multiples of 1/8: sums are exact
    fewest = next(n for n in range(1, found.size + 1) if sum(falling[:n]) * 2 >= sum(falling))
    assert half_mass_share(found) == fewest / found.size


@given(drawn=maps())
def test_gini_is_the_mean_absolute_difference_over_twice_the_mean(drawn: tuple[Map]) -> None:
    (found,) = drawn
    assume(found.any())
    values = found.ravel().astype(float)
    differences = np.abs(values[:, None] - values[None]).mean()
    assert gini(found) == pytest.approx(differences / (2 * values.mean()), abs=1e-9)


@given(drawn=maps(count=2))
def test_rank_correlation_equals_scipys_with_ties(drawn: tuple[Map, Map]) -> None:
    first, second = drawn
    found = rank_correlation(first, second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert found is None
    else:
        expected = spearmanr(first, second, axis=None).statistic
        assert found == pytest.approx(expected, abs=1e-12)
        assert found == pytest.approx(rank_correlation(second, first), abs=1e-12)


@given(drawn=maps())
def test_rank_correlation_of_a_map_with_itself_and_its_opposite(drawn: tuple[Map]) -> None:
    (found,) = drawn
    assume(np.ptp(found) > 0)
    assert rank_correlation(found, 5 * found + 1) == pytest.approx(1)
    assert rank_correlation(found, 2 - found) == pytest.approx(-1)


@settings(deadline=None)
@given(drawn=maps(count=2), exponent=st.integers(-40, 40))
def test_scale_changes_nothing(drawn: tuple[Map, Map], exponent: int) -> None:
    first, second = drawn
    scaled = np.ldexp(first, exponent)
    assert half_mass_share(scaled) == half_mass_share(first)
    assert gini(scaled) == gini(first)
    assert rank_correlation(scaled, second) == rank_correlation(first, second)
    assert salient_box(scaled, quantile=0.75) == salient_box(first, quantile=0.75)


def test_resolution_changes_little() -> None:
    rows, columns = np.mgrid[0:64, 0:64]
    coarse = np.exp(-((rows - 20) ** 2 + (columns - 40) ** 2) / 200).astype(np.float32)
    fine = coarse.repeat(4, axis=0).repeat(4, axis=1)
    assert half_mass_share(fine) == pytest.approx(half_mass_share(coarse), abs=1e-3)
    assert gini(fine) == pytest.approx(gini(coarse), abs=1e-9)
    boxes = [salient_box(found, quantile=0.95) for found in (coarse, fine)]
    assert boxes[0] is not None and boxes[1] is not None
    np.testing.assert_allclose(np.array(boxes[1]) / 4, boxes[0], atol=1)


@settings(max_examples=50, deadline=None)
@given(
    top=st.integers(8, 30), left=st.integers(8, 30),
    height=st.integers(10, 24), width=st.integers(10, 24),
)  # fmt: skip
def test_box_of_a_known_block(top: int, left: int, height: int, width: int) -> None:
    found = np.zeros((64, 64), np.float32)
    found[top : top + height, left : left + width] = 1
    found[60, 60] = 1.5  # brighter, but small
    box = salient_box(found, quantile=1 - height * width / found.size)
    assert box is not None
    np.testing.assert_allclose(box, (top, left, top + height, left + width), atol=1)


@pytest.mark.parametrize("quantile", [0.5, 0.75, 0.95])
def test_box_leaves_out_what_is_zero(quantile: float) -> None:
    """Where most of the map is zero, so is its quantile."""
    box = salient_box(one_pixel(64), quantile=quantile)
    assert box is not None
    top, left, bottom, right = box
    assert top <= 21 < bottom
    assert left <= 32 < right
    assert bottom - top <= 9  # four standard deviations of the smoothing on each side
    assert right - left <= 9
