"""What is quick for large samples says the same as the plain way for small ones, to the bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from inputgrad.statistics import concordance, signed_ranks
from inputgrad.statistics.checks import Floats
from inputgrad.statistics.correlation import _centred_ranks, _leave_one_out
from inputgrad.statistics.dominance import concordance as alike
from inputgrad.statistics.dominance import dominated, smaller_before, sums_by_sign

Sample = Callable[[np.random.Generator, int], Floats]
SAMPLES: dict[str, Sample] = {
    "continuous": lambda random, n: random.standard_normal(n),
    "heavy tails": lambda random, n: random.standard_cauchy(n),
    "few values": lambda random, n: random.integers(0, 4, n).astype(float),
    "mostly zero": lambda random, n: np.where(random.random(n) < 0.7, 0.0, random.random(n)),
    "rounded": lambda random, n: np.round(random.standard_normal(n), 2),
    "far apart": lambda random, n: np.exp(20.0 * random.standard_normal(n)),
    "constant": lambda random, n: 0.1 + 0.0 * random.random(n),
}
PAIRS = [(u, v) for u in SAMPLES for v in ("continuous", "few values", "mostly zero")]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("n", [1, 2, 5, 33, 64])
def test_sums_over_pairs_are_those_over_every_pair(first: str, second: str, n: int) -> None:
    random = np.random.default_rng(n)
    u, v = SAMPLES[first](random, n), SAMPLES[second](random, n)
    s, t = (np.sign(side[np.newaxis] - side[:, np.newaxis]) for side in (u, v))
    assert np.array_equal(alike(u, v), (s * t).sum(axis=1))
    ranks = np.arange(n) - (n - 1) / 2.0  # whole numbers of halves, whose sums are exact
    assert np.array_equal(sums_by_sign(ranks, u), (ranks * s).sum(axis=1))
    a, b = (np.unique(side, return_inverse=True)[1] for side in (u, v))
    both = (a[np.newaxis] < a[:, np.newaxis]) & (b[np.newaxis] < b[:, np.newaxis])
    assert np.array_equal(dominated(a, b), both.sum(axis=1))
    assert smaller_before(b).tolist() == [int((b[:i] < b[i]).sum()) for i in range(n)]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("n", [4, 20, 201])
def test_rho_without_each_pair_is_that_of_the_others(first: str, second: str, n: int) -> None:
    random = np.random.default_rng(n)
    u, v = (_centred_ranks(SAMPLES[name](random, n)) for name in (first, second))
    assert np.array_equal(_leave_one_out(u, v), _left_out_in_turn(u, v), equal_nan=True)


def _left_out_in_turn(u: Floats, v: Floats) -> Floats:
    found = np.full(len(u), np.nan)
    for i in range(len(u)):
        moved = [np.delete(side - np.sign(side - side[i]) / 2.0, i) for side in (u, v)]
        spread = math.sqrt(float(moved[0] @ moved[0]) * float(moved[1] @ moved[1]))
        found[i] = float(moved[0] @ moved[1]) / spread if spread > 0.0 else np.nan
    return found


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("listed", [10, 2_000, 500_000])
def test_walsh_averages_near_a_rank_are_found_among_all(
    sample: str, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    differences = SAMPLES[sample](np.random.default_rng(0), 1200)
    ordered = np.sort(differences)
    i, j = np.triu_indices(len(ordered))
    averages = np.sort((ordered[i] + ordered[j]) / 2.0)
    pairs = len(averages)
    ranks = (1, 2, pairs // 40, (pairs + 1) // 2, pairs // 2 + 1, pairs - pairs // 40, pairs)
    monkeypatch.setattr(signed_ranks, "LISTED", listed)
    found = signed_ranks.walsh_quantiles(differences, ranks)
    assert list(found) == averages[[k - 1 for k in ranks]].tolist()


@pytest.mark.parametrize("band", [0.0, 0.5, concordance.BAND])
def test_drawn_medians_are_those_of_the_values_drawn(
    band: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(2)
    values = np.round(random.standard_normal((4, 3, 90)), 1)
    values[random.random(values.shape) < 0.2] = np.nan
    values[0, 0, 2:] = np.nan  # known of two images: no median in many a draw
    monkeypatch.setattr(concordance, "DRAWS", 200)
    monkeypatch.setattr(concordance, "BAND", band)
    found = concordance._draws(values, np.random.default_rng(5))
    again = np.random.default_rng(5)
    plain = []
    for _ in range(200 // concordance.AT_ONCE):
        chosen = again.integers(90, size=(concordance.AT_ONCE, 90))
        medians = concordance._medians(values[:, :, chosen])
        plain.append(concordance._w(np.moveaxis(medians, 2, 0)))
    assert np.array_equal(found, np.concatenate(plain), equal_nan=True)
    assert np.isnan(found).any() and np.isfinite(found).any()
