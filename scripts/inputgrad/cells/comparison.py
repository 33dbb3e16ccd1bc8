"""Is a recomputed cell the stored one? Bit for bit on the same kind of machine.

Another processor adds in another order. Measured with EfficientNet-Lite0 under AVX-512 and under
SSE4.1: numbers of one pass (predictions, saliency) agree to 1e-4; an ascent carries the
differences on, so that after some forty steps of an attack lengths agree to 3 % and counts of
steps to 10 %, while after a hundred steps of class visualisation six pixels in ten differ by more
than 4/255. So elsewhere, at least `AGREEING` of a column's rows must agree within the family's
`RELATIVE` tolerance (`COUNTS` likewise; other whole numbers, flags and texts exactly), and what an
ascent decides at its very end (`AT_THE_END`, and its pictures) is not compared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inputgrad.cells.store import Cell, CellStore

RELATIVE = {
    "predictions": 1e-3,
    "saliency": 1e-3,
    "adversarial": 0.2,
    "class_visualization": 0.2,
}
ONE_PASS = ("predictions", "saliency")
ABSOLUTE = 1e-5
AGREEING = 0.9
COUNTS = frozenset({"iterations", "gradient_evaluations", "zero_gradient"})
AT_THE_END = {
    "adversarial": frozenset(
        {"confidence_label_after", "confidence_target_after", "margin", "success_png"}
        | {"control_changed", "linf", "l0"}
    ),
    "class_visualization": frozenset({"score", "probability", "prediction", "half_mass_share"}),
}


def differences(cell: Cell, stored: CellStore, again: CellStore, *, exact: bool) -> Iterator[str]:
    """Every column and array in which the two differ, in words; nothing where they agree."""
    old, new = stored.rows(cell), again.rows(cell)
    if len(old) != len(new):
        yield f"{len(old)} rows are stored, {len(new)} came out"
        return
    for column in old.schema.names:
        values = list(zip(old[column].to_pylist(), new[column].to_pylist(), strict=True))
        if exact:
            yield from _judged(column, values, off=[v for v in values if not _same(*v)], most=0.0)
        elif column not in AT_THE_END.get(cell.family, ()):
            off = [v for v in values if not _near(cell.family, column, *v)]
            yield from _judged(column, values, off=off, most=1 - AGREEING)
    if exact or cell.family in ONE_PASS:
        yield from _arrays(stored.arrays(cell), again.arrays(cell), exact=exact)


def _judged(
    column: str, values: list[tuple[Any, Any]], *, off: list[tuple[Any, Any]], most: float
) -> Iterator[str]:
    if len(off) > most * len(values):
        was, now = off[0]
        yield f"{column} differs in {len(off)} of {len(values)} rows, first {was!r} and {now!r}"


def _same(was: Any, now: Any) -> bool:
    both_nan = was != was and now != now
    return both_nan or bool(was == now)


def _near(family: str, column: str, was: Any, now: Any) -> bool:
    if None not in (was, now) and (isinstance(was, float) or column in COUNTS):
        close = math.isclose(was, now, rel_tol=RELATIVE[family], abs_tol=ABSOLUTE)
        return close or _same(was, now)
    return _same(was, now)


def _arrays(
    stored: dict[str, NDArray[Any]], again: dict[str, NDArray[Any]], *, exact: bool
) -> Iterator[str]:
    if stored.keys() != again.keys():
        yield f"other arrays: {sorted(stored)} are stored, {sorted(again)} came out"
    for name in sorted(stored.keys() & again.keys()):
        old, new = stored[name], again[name]
        if old.shape != new.shape or old.dtype != new.dtype:
            yield f"array {name} is stored as {old.shape} {old.dtype}, not {new.shape} {new.dtype}"
        elif exact and old.tobytes() != new.tobytes():
            yield f"array {name} differs in {np.mean(old != new):.1%} of its values"
        elif not exact and (share := _agreeing(old, new)) < AGREEING:
            yield f"array {name} agrees in {share:.1%} of its values only"


def _agreeing(old: NDArray[Any], new: NDArray[Any]) -> float:
    """Share of the values that agree within a thousandth of the largest one."""
    was, now = old.astype(np.float64), new.astype(np.float64)
    largest = np.abs(was).max(initial=0)
    return float(np.mean(np.abs(was - now) <= RELATIVE["saliency"] * largest + ABSOLUTE))
