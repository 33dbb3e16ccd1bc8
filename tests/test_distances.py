"""Distances between images: against plain numpy and scikit-image, and as identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from inputgrad.images.distances import (
    changed_pixels,
    perturbation_norms,
    structural_similarity_index,
)

Image = NDArray[np.float32]
pairs = st.tuples(st.integers(0, 2**32 - 1), st.floats(1e-3, 0.5))


def pair(seed: int, strength: float, side: int = 12) -> tuple[Image, Image]:
    drawn = np.random.default_rng(seed)
    original = drawn.random((3, side, side + 1), np.float32)
    noise = strength * drawn.standard_normal(original.shape)
    return original, np.clip(original + noise, 0, 1).astype(np.float32)


@given(drawn=pairs)
def test_norms_equal_numpys(drawn: tuple[int, float]) -> None:
    original, altered = pair(*drawn)
    found = perturbation_norms(original, altered)
    flat = altered.astype(float).ravel() - original.astype(float).ravel()
    assert found["l2"] == pytest.approx(np.linalg.norm(flat))
    assert found["linf"] == np.linalg.norm(flat, ord=np.inf)
    assert found["rms_255"] == pytest.approx(255 * np.sqrt(np.mean(flat**2)))
    assert found["relative_l2"] == pytest.approx(
        np.linalg.norm(flat) / np.linalg.norm(original.astype(float))
    )
    psnr = peak_signal_noise_ratio(original.astype(float), altered.astype(float), data_range=1)
    assert found["psnr_db"] == pytest.approx(psnr)


@given(drawn=pairs)
def test_norms_bound_each_other(drawn: tuple[int, float]) -> None:
    original, altered = pair(*drawn)
    found = perturbation_norms(original, altered)
    size = original.size
    assert found["linf"] <= found["l2"] <= math.sqrt(size) * found["linf"] * (1 + 1e-9)
    assert found["rms_255"] <= 255 * found["linf"] * (1 + 1e-9)
    swapped = perturbation_norms(altered, original)
    assert (swapped["l2"], swapped["linf"]) == (found["l2"], found["linf"])


@given(drawn=pairs)
def test_layout_in_memory_changes_nothing_that_is_reported(drawn: tuple[int, float]) -> None:
    original, altered = pair(*drawn)
    last = np.ascontiguousarray(altered.transpose(1, 2, 0)).transpose(2, 0, 1)
    assert perturbation_norms(original, last) == pytest.approx(
        perturbation_norms(original, altered), rel=1e-12
    )


def test_equal_images() -> None:
    original, _ = pair(0, 0.1)
    assert perturbation_norms(original, original.copy()) == {
        "l2": 0.0, "linf": 0.0, "rms_255": 0.0, "relative_l2": 0.0,
    }  # fmt: skip
    assert changed_pixels(original, original.copy()) == 0
    assert structural_similarity_index(original, original.copy()) == 1.0


def test_a_black_original_has_no_relative_norm() -> None:
    black = np.zeros((3, 12, 12), np.float32)
    found = perturbation_norms(black, black + np.float32(0.5))
    assert "relative_l2" not in found
    assert found["l2"] == pytest.approx(0.5 * math.sqrt(3 * 144))


def test_one_level_in_one_pixel() -> None:
    original = np.full((3, 10, 10), 100 / 255, np.float32)
    altered = original.copy()
    altered[1, 4, 7] = 101 / 255
    found = perturbation_norms(original, altered)
    assert found["linf"] == pytest.approx(1 / 255, rel=1e-5)
    assert found["l2"] == pytest.approx(1 / 255, rel=1e-5)
    assert found["rms_255"] == pytest.approx(1 / math.sqrt(300), rel=1e-5)
    assert changed_pixels(original, altered) == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5)), max_size=20))
def test_changed_pixels_counts_places_not_channels(places: list[tuple[int, int, int]]) -> None:
    original = np.zeros((3, 6, 6), np.float32)
    altered = original.copy()
    for place in places:
        altered[place] = 0.5
    assert changed_pixels(original, altered) == len({place[1:] for place in places})


@settings(max_examples=25, deadline=None)
@given(drawn=pairs)
def test_structural_similarity_equals_scikit_images_in_double_precision(
    drawn: tuple[int, float],
) -> None:
    original, altered = pair(*drawn, side=16)
    expected = structural_similarity(
        original.transpose(1, 2, 0).astype(float), altered.transpose(1, 2, 0).astype(float),
        channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )  # fmt: skip
    found = structural_similarity_index(original, altered)
    assert found == pytest.approx(expected, abs=1e-6)
    assert -1 <= found < 1
    assert structural_similarity_index(altered, original) == pytest.approx(found, abs=1e-6)


def test_structural_similarity_falls_with_the_strength_of_noise() -> None:
    found = [structural_similarity_index(*pair(1, s, side=32)) for s in (0.01, 0.05, 0.2)]
    assert found == sorted(found, reverse=True)
