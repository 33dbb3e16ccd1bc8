"""Kendall's W: how far several judges rank the same objects alike.

    W = S / S_max,  S the spread of the objects' rank sums over the judges

1 where all judges give one ranking, near 1/m where m judges rank at random, midranks for ties,
whose share of S_max is taken off (Kendall, Smith 1939; Kendall, Gibbons 1990, chapter 6). Here an
object is judged by the median of its values over images, so the interval is over the images: the
percentile bootstrap, images drawn with all their values (Efron, Tibshirani 1993, section 13.3). W
is bounded and its draws lean towards disagreement, so the interval is approximate.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from inputgrad.statistics.estimates import LEVEL, Estimate, check_level

METHOD = "Kendall's W of medians, percentile bootstrap over images"
DRAWS = 2000
AT_ONCE = 100  # draws that are held in memory together
BAND = 16.0  # standard deviations of a draw's median, in ranks, to either side of the middle
FEWEST_OBJECTS, FEWEST_JUDGES, FEWEST_IMAGES = 3, 2, 6

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


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
    columns = [_Column.of(column) for column in values.reshape(-1, n)]
    low, known = (
        np.stack([getattr(column, name) for column in columns], axis=1) for name in ("low", "known")
    )
    parts = []
    for _ in range(DRAWS // AT_ONCE):
        chosen = random.integers(n, size=(AT_ONCE, n))
        chosen += np.arange(AT_ONCE)[:, np.newaxis] * n
        times = np.bincount(chosen.ravel(), minlength=AT_ONCE * n).reshape(AT_ONCE, n)
        weights = times.astype(np.float64)  # sums of whole numbers are exact
        below, total = ((weights @ part).astype(np.int64) for part in (low, known))
        medians = [
            column.medians(times, below[:, i], total[:, i]) for i, column in enumerate(columns)
        ]
        parts.append(_w(np.stack(medians, axis=1).reshape(AT_ONCE, *values.shape[:2])))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """The values of one object by one judge, sorted once for all draws.

    A draw has each image so many times, and its median is where the running count passes the half.
    That is near the middle of all values: those `low`er than a band there are counted together, and
    only within the band one after another.
    """

    ordered: Values
    places: npt.NDArray[np.intp]  # of the images, by their value; of those that have one
    band: slice
    low: Values  # 1 for an image below the band, else 0
    known: Values  # 1 for an image with a value

    @classmethod
    def of(cls, values: Values) -> _Column:
        """Of the values of all images, NaN where there is none."""
        known = ~np.isnan(values)
        m = int(known.sum())
        places = np.argsort(values)[:m]
        reach = int(BAND * math.sqrt(m) / 2) + 1
        band = slice(max(m // 2 - reach, 0), m // 2 + reach)
        low = np.zeros(len(values))
        low[places[: band.start]] = 1.0
        return cls(values[places], places, band, low, known.astype(np.float64))

    def medians(self, times: Counts, below: Counts, total: Counts) -> Values:
        """Of each draw of (draws, images); `below` and `total` count its values."""
        near = times[:, self.places[self.band]].cumsum(axis=1) + below[:, np.newaxis]
        middle = np.stack([(total - 1) // 2, total // 2])
        reach = near.max(axis=1, initial=0)
        inside = (total > 0) & (below <= middle[0]) & (middle[1] < reach)
        places = self.band.start + (near <= middle[:, :, np.newaxis]).sum(axis=2)
        found = np.full(len(times), np.nan)
        found[inside] = self.ordered[places[:, inside]].sum(axis=0) / 2.0
        for draw in np.flatnonzero(~inside & (total > 0)):  # its middle is not near that of all
            reached = times[draw, self.places].cumsum()
            ends = np.searchsorted(reached, middle[:, draw], side="right")
            found[draw] = self.ordered[ends].sum() / 2.0
        return found


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
