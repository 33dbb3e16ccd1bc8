"""Kendall's W: how far several judges rank the same objects alike.

    W = S / S_max,  S the spread of the objects' rank sums over the judges

1 where all judges give one ranking, near 1/m where m judges rank at random, midranks for ties,
whose share of S_max is taken off (Kendall, Smith 1939; Kendall, Gibbons 1990, chapter 6). Here an
object is judged by the median of its values over images, so the interval is over the images: the
percentile bootstrap, images drawn with all their values (Efron, Tibshirani 1993, section 13.3). W
is bounded and its draws lean towards disagreement, so the interval is approximate.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from scipy import stats

from inputgrad.statistics.estimates import LEVEL, Estimate, check_level

METHOD = "Kendall's W of medians, percentile bootstrap over images"
DRAWS = 2000
AT_ONCE = 100  # draws that are held in memory together
FEWEST_OBJECTS, FEWEST_JUDGES, FEWEST_IMAGES = 3, 2, 6

Values = npt.NDArray[np.float64]


def concordance(values: Values, *, level: float = LEVEL, seed: int = 0) -> Estimate:
    """W of `values` (objects, judges, images), larger being better for every judge, in [0, 1].

    NaN where an image has no value; n is the number of images with any. The estimate is None below
    three objects, two judges, or where an object has no value at all from some judge; the interval
    is open below six images.
    """
    check_level(level)
    objects, judges, _ = values.shape
    known = values[:, :, ~np.isnan(values).all(axis=(0, 1))]
    n = known.shape[2]
    few = objects < FEWEST_OBJECTS or judges < FEWEST_JUDGES
    if few or n == 0 or np.isnan(known).all(axis=2).any():
        return Estimate(None, None, None, n, METHOD, level)
    observed = float(_w(_medians(known))[()])
    if not np.isfinite(observed):
        return Estimate(None, None, None, n, METHOD, level)
    if n < FEWEST_IMAGES:
        return Estimate(observed, None, None, n, METHOD, level)
    drawn = _draws(known, np.random.default_rng(seed))
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    low, high = min(float(low), observed), max(float(high), observed)
    return Estimate(observed, low, high, n, METHOD, level)


def _draws(values: Values, random: np.random.Generator) -> Values:
    n = values.shape[2]
    parts = []
    for _ in range(DRAWS // AT_ONCE):
        chosen = random.integers(n, size=(AT_ONCE, n))
        parts.append(_w(np.moveaxis(_medians(values[:, :, chosen]), 2, 0)))
    return np.concatenate(parts)


def _medians(values: Values) -> Values:
    """Medians over the last axis, NaN where it is empty."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found: Values = np.nanmedian(values, axis=-1)
    return found


def _w(scores: Values) -> Values:
    """W of scores (..., objects, judges); NaN where a score is missing or nothing differs."""
    objects, judges = scores.shape[-2:]
    ranks = stats.rankdata(scores, axis=-2, nan_policy="propagate")
    sums = ranks.sum(axis=-1)
    spread = ((sums - sums.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    own = ((ranks - (objects + 1) / 2) ** 2).sum(axis=-2)  # of each judge; without ties (n^3-n)/12
    most = judges * own.sum(axis=-1)
    found: Values = np.divide(spread, most, out=np.full_like(spread, np.nan), where=most > 0)
    return found
