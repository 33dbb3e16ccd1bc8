"""Sums over all pairs of a sample without a pair: of signs, and of values by sign, in O(n log n).

For each i, with s = sign(u_j − u_i) and t = sign(v_j − v_i),

    sums_by_sign(v, u)[i] = Σ_j v_j s        from running sums of v in the order of u
    concordance(u, v)[i]  = Σ_j s t          = #(both above) + #(both below) − #(one each)

Each of the four counts is of the points that another one *dominates*, the smaller ones before a
place in a sequence. They are counted one binary digit of the rank at a time, from the highest: a
value that has the digit is larger than those before it that lack it and share all higher digits; a
stable partition by the digit then brings together those that share it, as in a wavelet tree (R.
Grossi, A. Gupta, J. S. Vitter, SODA 2003).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from inputgrad.statistics.checks import Floats

Counts = npt.NDArray[np.int64]
Ranks = npt.NDArray[np.int64]


def sums_by_sign(values: Floats, side: Floats) -> Floats:
    """For each i of (n,) the sum of the values above it on ``side`` less that of those below."""
    order = np.argsort(side, kind="stable")
    first, last = _runs(side[order])
    sums = np.concatenate([[0.0], np.cumsum(values[order])])
    found = np.empty(len(side))
    found[order] = sums[-1] - sums[last] - sums[first]
    return found


def concordance(u: Floats, v: Floats) -> Counts:
    """For each i of (n,) the pairs j that u and v order alike, less those they order apart."""
    a, b = (np.unique(side, return_inverse=True)[1] for side in (u, v))
    c, d = a.max(initial=0) - a, b.max(initial=0) - b  # from the top
    return dominated(a, b) + dominated(c, d) - dominated(a, d) - dominated(c, b)


def dominated(u: Ranks, v: Ranks) -> Counts:
    """For each i of (n,) the number of j with u_j < u_i and v_j < v_i, of whole numbers from 0."""
    largest = int(v.max(initial=0))
    order = np.argsort(u * (largest + 1) + largest - v)  # of equal u the larger v first
    found = np.empty(len(u), np.int64)
    found[order] = smaller_before(v[order])
    return found


def smaller_before(ranks: Ranks) -> Counts:
    """For each place of a sequence of whole numbers from 0 on, the smaller ones before it."""
    places, now = np.arange(len(ranks)), ranks
    found = np.zeros(len(ranks), np.int64)
    for digit in reversed(range(int(ranks.max(initial=0)).bit_length())):
        first, last = _runs(now >> digit + 1)  # those that share all higher digits are together
        has = (now >> digit & 1).astype(bool)
        lacking = np.concatenate([[0], np.cumsum(~has)])
        before = lacking[:-1] - lacking[first]
        found[places[has]] += before[has]
        own = np.arange(len(now)) - first - before  # of those that have it
        target = first + np.where(has, lacking[last] - lacking[first] + own, before)
        places, now = _moved(places, target), _moved(now, target)
    return found


def _runs(ordered: npt.NDArray[Any]) -> tuple[Counts, Counts]:
    """Where the run of equal values that each place belongs to begins, and where it ends."""
    edges = np.flatnonzero(np.diff(ordered)) + 1
    bounds = np.concatenate([[0], edges, [len(ordered)]])
    lengths = np.diff(bounds)
    return np.repeat(bounds[:-1], lengths), np.repeat(bounds[1:], lengths)


def _moved(values: Counts, target: Counts) -> Counts:
    found = np.empty_like(values)
    found[target] = values
    return found
