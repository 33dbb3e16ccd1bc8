"""Proportions of n images, with Clopper–Pearson intervals.

The interval holds every share p for which neither P(X ≥ x; p) nor P(X ≤ x; p) is below
(1 − level) / 2; its coverage is never below the level, where that of Wilson's interval falls to
84 % near 0 and 1. Its ends are quantiles of beta distributions.
Source: C. J. Clopper, E. S. Pearson, Biometrika 26, 1934.
"""

from __future__ import annotations

from scipy import special

from inputgrad.statistics.estimates import LEVEL, Estimate, check_level

METHOD = "share, Clopper-Pearson interval"


def rate(successes: int, n: int, *, level: float = LEVEL) -> Estimate:
    """Share ``successes / n`` in [0, 1]; raises ValueError unless 0 ≤ successes ≤ n."""
    check_level(level)
    if not (float(successes).is_integer() and float(n).is_integer() and 0 <= successes <= n):
        raise ValueError(f"successes must be a whole number from 0 to n = {n}, not {successes}")
    if n == 0:
        return Estimate(None, None, None, 0, METHOD, level)
    tail = (1.0 - level) / 2.0
    low = float(special.betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(special.betainccinv(successes + 1, n - successes, tail)) if successes < n else 1.0
    return Estimate(successes / n, low, high, int(n), METHOD, level)
