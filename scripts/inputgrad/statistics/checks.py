"""Checks of a sample before anything is computed from it; a missing value is an error here.

Which rows take part (images valid for all models, saliency runs that finished) is decided where the
tables are read: a statistic that dropped rows would report an n that nobody chose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Values = npt.ArrayLike
Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


def checked(values: Values, *, name: str = "values") -> Floats:
    """The sample as float64 of shape (n,); raises ValueError for NaN, infinity or another shape."""
    array = _array(values, name)
    finite = np.isfinite(array)
    if not finite.all():
        raise ValueError(
            f"{name} has {int((~finite).sum())} of {len(array)} entries missing or infinite; "
            "select the valid rows first, for paired samples on all of them together"
        )
    return array


def checked_booleans(values: Values, *, name: str = "values") -> Booleans:
    """The sample as booleans of shape (n,); raises ValueError for entries other than 0 and 1."""
    array = checked(values, name=name)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError(f"{name} must be true or false (1 or 0) everywhere, not {array[:5]}")
    return array.astype(bool)


def checked_pairs(a: Values, b: Values, names: Sequence[str] = ("a", "b")) -> tuple[Floats, Floats]:
    """Two samples of one length, row by row the same image; raises ValueError otherwise."""
    first, second = checked(a, name=names[0]), checked(b, name=names[1])
    if len(first) != len(second):
        raise ValueError(
            f"{names[0]} and {names[1]} must be paired row by row; "
            f"their lengths are {len(first)} and {len(second)}"
        )
    return first, second


def _array(values: Values, name: str) -> Floats:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers without missing entries: {error}") from error
    if array.ndim != 1:
        raise ValueError(f"{name} must have one dimension, one entry per image, not {array.shape}")
    return array
