"""Share of images fooled after k iterations, with exact binomial pointwise intervals.

With one common budget, every image is known to be fooled or not after each k ≤ budget, so the share
is a plain proportion: it equals 1 − Kaplan–Meier, whose linear and log-log bands cover less
than their level. Each point's interval is Clopper–Pearson's; the band is pointwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inputgrad.statistics.checks import Values, checked
from inputgrad.statistics.estimates import LEVEL, Estimate
from inputgrad.statistics.medians import beyond_budget
from inputgrad.statistics.rates import rate


@dataclass(frozen=True, slots=True)
class Curve:
    """Share in [0, 1] after each number of iterations; ``points[i]`` belongs to ``ks[i]``."""

    ks: tuple[int, ...]
    points: tuple[Estimate, ...]


def share_fooled(
    counts: Values, censored: Values, *, ks: Iterable[int], level: float = LEVEL
) -> Curve:
    """Share of images fooled after at most k iterations, for each k in ``ks``.

    ``counts`` (n,) holds iterations, ``censored`` (n,) is true where the image outlasted the
    budget, which all images share. Raises ValueError for a k beyond the budget and for censored
    images with different budgets.
    """
    array = checked(counts, name="counts")
    budget = float(array.max(initial=0.0))  # of the censored images; else a bound that hides none
    ranked, flags = beyond_budget(array, censored, budget=budget)
    steps = tuple(int(k) for k in ks)
    if flags.any() and max(steps, default=0) > budget:
        raise ValueError(f"k = {max(steps)} is beyond the budget of {budget:g} iterations")
    points = tuple(rate(int((ranked <= k).sum()), len(ranked), level=level) for k in steps)
    return Curve(steps, points)
