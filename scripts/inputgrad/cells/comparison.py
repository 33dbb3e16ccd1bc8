"""Is a recomputed cell the stored one? Bit for bit on the same kind of machine, else by tolerance.

Another processor, thread count or batch shape adds in another order, so the last bits differ. One
pass keeps that small; an ascent carries it on, until a maximum or a ReLU switches and the path is
another one. Measured with 12 of foolbox's photographs, SqueezeNet 1.1 and EfficientNet-Lite0, torch
2.14.1 on an AMD EPYC 7003; attacks of at most 70 iterations, class visualisations of 100. Largest
deviations from 4 slots and 1 thread with AVX2, for 2 and 8 slots, for 2 threads, and for other
instructions (ATen without vectors, alone and with oneDNN held to SSE4.1); no GPU was available:

    columns                                       slots      threads       instructions
    confidences, absolute                         2e-6       2e-6          1e-6
    margin of a prediction, logits                2e-5       1e-5          8e-6
    gradient's norm, Gini, Spearman, relative     0          3e-5          7e-5
    1 - Spearman, linear guess, relative          1e-6       5e-7          4e-4
    map, relative to its largest value            0          1e-6          0.02 (0.2 % beyond 1e-3)
    iterations: attacks changed, by at most       0 of 72    12 of 62, 3   13 of 98, 6
    L2 of the perturbation, relative              0          0.19          0.16
    8-bit image fools or not: attacks changed     0 of 72    7 of 62       12 of 98
    class visualisation: L2, total variation      0          0.02          0.02
    class visualisation: score, relative          1e-6       0.23          0.25

`BOUNDS` are wider by a factor of 2 to 10. They are by table and column, since `score`, `margin`,
`l2` or `iterations` mean one thing in a table of single passes and another after an ascent. Without
a bound, texts and whole numbers must be equal, real numbers and flags are compared as those of one
gradient, or, in the tables of `ASCENTS`, not at all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

Rows = Sequence[Mapping[str, Any]]
Arrays = Mapping[str, NDArray[Any]]
Pair = tuple[Any, Any]  # stored, and computed now

ASCENTS = frozenset(  # tables of ascents, and of what models say of their ends
    {"adversarial", "attack_training", "class_visualization", "transfer", "recognition", "likeness"}
)
CERTAINTY = 0.999  # of not taking a deviation of the measured kind for a fault, for one column


@dataclass(frozen=True)
class Bound:
    """Every row may be off by `absolute + relative * |stored|`.

    `changed`: the share of rows expected to be off by more than `near * |stored|`. Of n rows, at
    most the `CERTAINTY` quantile of Binomial(n, changed) may be.
    """

    relative: float = 0.0
    absolute: float = 0.0
    near: float = 0.0
    changed: float = 1.0


FORWARD = Bound(relative=1e-4, absolute=1e-4)
GRADIENT = Bound(relative=1e-3, absolute=3e-4)
COUNT = Bound(relative=0.1, absolute=5, changed=0.5)
LENGTH = Bound(relative=0.5, near=0.05, changed=0.5)
TURNED = Bound(absolute=1, changed=0.1)  # a flag or a class that the end of an ascent decides
UNBOUNDED = Bound(absolute=math.inf)

BOUNDS: dict[str, dict[str, Bound]] = {
    "predictions": {
        "confidence_label": FORWARD,
        "confidence_prediction": FORWARD,
        "margin": FORWARD,
        "label_rank": Bound(absolute=2),
    },
    "saliency": {"score": FORWARD},
    "adversarial": {
        "predicted_iterations": GRADIENT,
        "forecast_iterations": Bound(relative=0.1, absolute=1, changed=0.1),  # of differences
        "confidence_label_before": FORWARD,
        "confidence_target_before": Bound(relative=3e-4),  # far below 1
        "attacked": Bound(),
        "iterations": COUNT,
        "gradient_evaluations": COUNT,
        "forward_evaluations": COUNT,
        "zero_gradient": COUNT,
        "censored": TURNED,
        "success": TURNED,
        "l2": LENGTH,
        "l2_png": LENGTH,
        "rms_255": LENGTH,
        "relative_l2": LENGTH,
        "linf": Bound(relative=0.8, near=0.1, changed=0.5),
        "l0": Bound(relative=1, near=0.1, changed=0.5),
        "psnr_db": Bound(absolute=5),
        "ssim": Bound(absolute=0.02),
        "class_before": UNBOUNDED,  # two that are equally likely may change places
        "class_after": UNBOUNDED,
        "probability_before": FORWARD,
        "probability_after": UNBOUNDED,
    },
    "class_visualization": {
        "l2": Bound(relative=0.05),
        "total_variation": Bound(relative=0.05),
        "score": Bound(relative=0.5, absolute=3),
        "prediction": UNBOUNDED,
    },
    "transfer": {"correct_before": Bound(), "prediction": UNBOUNDED},
    "recognition": {
        "prediction": UNBOUNDED,
        "rank": UNBOUNDED,
        "floor_rank": Bound(absolute=2),
        "floor_probability": FORWARD,
    },
    "likeness": {
        "score": FORWARD,  # of the photograph; what follows the picture is not compared
        "class_early": FORWARD,
        "class_middle": FORWARD,
        "class_last": FORWARD,
        "class_logits": FORWARD,
    },
}

# an array of one pass: nearly all values within `NEAR` of the largest, all of them within `FAR`
NEAR, FAR = 1e-3, 0.05
BEYOND_NEAR = 0.01


def differences(
    table: str, old: Rows, new: Rows, old_arrays: Arrays, new_arrays: Arrays, *, exact: bool
) -> Iterator[str]:
    """Every column and array in which two results of a cell differ, in words.

    `table`: that of the cell's technique. `old` are the stored rows, `new` those computed now, in
    the same order. `exact`: whether bits must agree.
    """
    if len(old) != len(new):
        yield f"{len(old)} rows are stored, {len(new)} came out"
        return
    for column in dict.fromkeys(name for row in [*old, *new] for name in row):
        pairs = [(was.get(column), now.get(column)) for was, now in zip(old, new, strict=True)]
        yield from _of_column(column, pairs, None if exact else _bound(table, column, pairs))
    yield from _of_arrays(old_arrays, new_arrays, exact=exact, compared=table not in ASCENTS)


def _bound(table: str, column: str, pairs: Sequence[Pair]) -> Bound:
    """The bound of a column: its own, or that of its type."""
    if column in BOUNDS.get(table, {}):
        return BOUNDS[table][column]
    if any(isinstance(value, float | bool) for pair in pairs for value in pair):
        return UNBOUNDED if table in ASCENTS else GRADIENT
    return Bound()


def _of_column(column: str, pairs: Sequence[Pair], bound: Bound | None) -> Iterator[str]:
    """What is wrong with a column; without a bound its bits must agree."""
    off = [pair for pair in pairs if not _same(*pair)]
    if bound is not None:
        off = _beyond(bound, off, n=len(pairs))
    if off:
        was, now = off[0]
        yield f"{column} differs in {len(off)} of {len(pairs)} rows, first {was!r} and {now!r}"


def _beyond(bound: Bound, differing: Sequence[Pair], *, n: int) -> list[Pair]:
    """Values out of bounds; where there are none, those that changed if too many of n did."""
    out = [pair for pair in differing if not _within(*pair, bound.relative, bound.absolute)]
    if out or bound.changed == 1:
        return out
    changed = [pair for pair in differing if not _within(*pair, bound.near)]
    return changed if len(changed) > binom.ppf(CERTAINTY, n, bound.changed) else []


def _same(was: Any, now: Any) -> bool:
    both_nan = was != was and now != now
    return both_nan or bool(was == now)


def _within(was: Any, now: Any, relative: float, absolute: float = 0.0) -> bool:
    if absolute == math.inf:
        return True
    if None in (was, now) or isinstance(was, str):
        return False
    return bool(abs(now - was) <= absolute + relative * abs(was))  # false for NaN


def _of_arrays(old: Arrays, new: Arrays, *, exact: bool, compared: bool) -> Iterator[str]:
    if old.keys() != new.keys():
        yield f"other arrays: {sorted(old)} are stored, {sorted(new)} came out"
    for name in sorted(old.keys() & new.keys()):
        was, now = old[name], new[name]
        if was.shape != now.shape or was.dtype != now.dtype:
            yield f"array {name} is stored as {was.shape} {was.dtype}, not {now.shape} {now.dtype}"
        elif exact or (compared and was.dtype.kind != "f"):
            if was.tobytes() != now.tobytes():
                yield f"array {name} differs in {np.mean(was != now):.1%} of its values"
        elif compared and not _near(was, now):
            yield f"array {name} differs by more than another order of summation explains"


def _near(was: NDArray[Any], now: NDArray[Any]) -> bool:
    """Whether nearly all values agree within `NEAR` of the largest one, and all within `FAR`."""
    distance = np.abs(was.astype(np.float64) - now.astype(np.float64))
    largest = np.abs(was).max(initial=0)
    beyond = np.mean(distance > NEAR * largest) if was.size else 0.0
    return bool((distance <= FAR * largest).all() and beyond <= BEYOND_NEAR)
