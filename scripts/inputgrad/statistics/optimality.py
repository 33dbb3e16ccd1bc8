"""How close attacks come to the best that any of them found, in one number that hides no failure.

    1 - (m - m*) / (d_max - m*),  m = mean of min(d, d_max),  m* the same of the pointwise best

d are the distances of one attack's successes, infinite where it failed; the pointwise best is the
smallest distance that any of the attacks reached on a pair, d_max the largest finite one of these.
1: as good as the best on every pair; 0: nowhere closer than d_max. m is also the area
under the curve of accuracy against distance, up to d_max. Computed as (d_max - m)/(d_max - m*).

Source: after A. E. Cinà et al., "AttackBench: evaluating gradient-based attacks for adversarial
examples", AAAI 2025, who call it (local) optimality. Deviations: the best is over the attacks
that ran, so the number changes with them; d_max is found in these data, where the paper takes the
distance at which a black image fools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inputgrad.statistics.checks import Floats, Values


@dataclass(frozen=True, slots=True)
class Optimality:
    """Attack -> its optimality in [0, 1] over the same ``n`` pairs.

    None for all of them where no attack succeeded, or where the best is as far on every pair.
    ``furthest`` is d_max, None where no attack succeeded.
    """

    values: Mapping[str, float | None]
    n: int
    furthest: float | None


def optimality(distances: Mapping[str, Values]) -> Optimality:
    """Optimality of every attack; ``distances``: attack -> (n,), infinite where it failed.

    Row by row the same pair of image and target. Raises ValueError for missing or negative
    distances, and for attacks of different lengths.
    """
    columns = {name: checked_distances(values, name=name) for name, values in distances.items()}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"attacks must share their pairs; their numbers are {sorted(lengths)}")
    n = lengths.pop() if lengths else 0
    best = np.min(list(columns.values()), axis=0) if n else np.empty(0)
    reached = best[np.isfinite(best)]
    if not len(reached):
        return Optimality(dict.fromkeys(columns), n, None)
    furthest = float(reached.max())
    gains = {name: _gain(column, furthest) for name, column in columns.items()}
    whole = _gain(best, furthest)
    values = {name: min(1.0, gain / whole) if whole else None for name, gain in gains.items()}
    return Optimality(values, n, furthest)


def _gain(distances: Floats, furthest: float) -> float:
    """The sum n (d_max - m), exactly 0 where every distance counts d_max."""
    return float((furthest - np.minimum(distances, furthest)).sum())


def accuracy_curve(distances: Values) -> tuple[tuple[float, float], ...]:
    """Steps (distance, share not fooled within it), from (0, 1) on; the share holds to the next."""
    array = checked_distances(distances, name="distances")
    reached = np.sort(array[np.isfinite(array)])
    steps: Sequence[float] = np.unique(reached).tolist()
    left = 1.0 - np.searchsorted(reached, steps, side="right") / max(1, len(array))
    later = [(x, float(y)) for x, y in zip(steps, left, strict=True)]
    return tuple(later) if later and later[0][0] == 0.0 else ((0.0, 1.0), *later)


def checked_distances(values: Values, *, name: str) -> Floats:
    """Distances (n,) >= 0, some infinite; raises ValueError for anything else."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or np.isnan(array).any() or (array < 0).any():
        raise ValueError(f"{name} must be distances, one for each pair, infinite where it failed")
    return array
