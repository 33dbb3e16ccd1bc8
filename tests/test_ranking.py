"""Ranks of pixels, and the numbers of pixels that equal steps take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from inputgrad.images.ranking import counts, ranks

maps = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=9),
    elements=st.floats(-4, 4, width=32).map(lambda value: round(value)),
)


@given(saliency=maps, seed=st.integers(0, 5))
def test_ranks_are_an_order_of_all_pixels_from_the_largest_value_down(
    saliency: NDArray[np.float32], seed: int
) -> None:
    found = ranks(saliency, seed=seed, image_id="a")
    assert sorted(found.flat) == list(range(saliency.size))
    descending = saliency.reshape(-1)[np.argsort(found.reshape(-1))]
    assert (np.diff(descending) <= 0).all()


def test_equal_values_are_ordered_by_seed_and_photograph_alone() -> None:
    flat = np.zeros((16, 16), np.float32)
    found = ranks(flat, seed=0, image_id="a")
    assert (ranks(flat + 3, seed=0, image_id="a") == found).all()
    for other in (ranks(flat, seed=1, image_id="a"), ranks(flat, seed=0, image_id="b")):
        assert (other != found).mean() > 0.9
    line = np.arange(256).reshape(16, 16)
    assert abs(np.corrcoef(found.flat, line.flat)[0, 1]) < 0.2, "an order of storage"


def test_ties_between_two_values_do_not_follow_the_rows() -> None:
    """Over many photographs every pixel of a tie comes first equally often."""
    saliency = np.zeros((2, 2), np.float32)
    saliency[1, 1] = 1
    first = [int(np.argmin(ranks(-saliency, seed=0, image_id=str(n)))) for n in range(300)]
    shares = np.bincount(first, minlength=4) / 300
    assert shares[3] == 0
    assert (abs(shares[:3] - 1 / 3) < 0.1).all()


@given(saliency=maps, seed=st.integers(0, 5))
def test_distinct_values_in_reverse_have_the_ranks_in_reverse(
    saliency: NDArray[np.float32], seed: int
) -> None:
    distinct = np.argsort(saliency.reshape(-1)).astype(np.float32).reshape(saliency.shape)
    forth = ranks(distinct, seed=seed, image_id="a")
    back = ranks(-distinct, seed=seed, image_id="a")
    assert (forth + back == saliency.size - 1).all()


@given(pixels=st.integers(1, 100_000), steps=st.integers(1, 60))
def test_steps_are_equal_and_those_of_the_reverse_order_fit(pixels: int, steps: int) -> None:
    found = counts(pixels, steps=steps)
    assert (found[0], found[-1], len(found)) == (0, pixels, steps + 1)
    assert all(abs(n - pixels * k / steps) <= 1 for k, n in enumerate(found))
    assert found == sorted(found)
    sums = [a + b for a, b in zip(found, reversed(found), strict=True)]
    middle = steps // 2 if steps % 2 == 0 and pixels % 2 else None
    assert all(n == pixels for k, n in enumerate(sums) if k != middle)


@pytest.mark.parametrize("size", [224, 240, 260])
def test_a_photograph_falls_into_the_default_steps_without_a_rest(size: int) -> None:
    found = counts(size**2, steps=28)
    assert max(np.diff(found)) - min(np.diff(found)) <= 1
