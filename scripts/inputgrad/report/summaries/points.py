"""The photographs behind a row of the report, kept as columns: an object each would fill memory.

A sample of 50,000 has a million attacks and maps, of which the report looks at a few one by one and
at the others through single columns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.report.summaries.data import floats

P = TypeVar("P")
Column = Sequence[Any] | NDArray[Any]


class Points(Sequence[P], Generic[P]):
    """One point a photograph, by image_id in its order; a point is made when it is looked at.

    `make` is called with the image_id and, in their order, the values of `columns`.
    """

    def __init__(
        self, ids: Sequence[str], columns: Mapping[str, Column], make: Callable[..., P]
    ) -> None:
        self.ids, self.columns, self._make = ids, columns, make

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, place: int) -> P: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[P, ...]: ...

    def __getitem__(self, place: int | slice) -> P | tuple[P, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        at = range(len(self))[place]
        values = (optional(column[at : at + 1])[0] for column in self.columns.values())
        return self._make(self.ids[at], *values)

    def __iter__(self) -> Iterator[P]:
        return map(self._make, self.ids, *map(optional, self.columns.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Points) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self.ids))

    def of(self, image_id: str) -> P | None:
        """The point of a photograph, or None."""
        place = bisect_left(self.ids, image_id)
        return self[place] if place < len(self) and self.ids[place] == image_id else None

    def where(self, kept: NDArray[np.bool_]) -> Points[P]:
        """Those of the places at which `kept` is true."""
        places = np.flatnonzero(kept).tolist()
        columns = {
            name: column[kept] if isinstance(column, np.ndarray) else [column[i] for i in places]
            for name, column in self.columns.items()
        }
        return Points([self.ids[i] for i in places], columns, self._make)

    def has(self, name: str) -> NDArray[np.bool_]:
        """Of every point, whether it has a value."""
        return np.array([value is not None for value in self.column(name)], dtype=bool)

    def column(self, name: str) -> list[Any]:
        """One value of every point, None where there is none."""
        return optional(self.columns[name])

    def known(self, name: str) -> dict[Any, Any]:
        """image_id -> one value of its point, missing ones left out."""
        pairs = zip(self.ids, self.column(name), strict=True)
        return {image_id: value for image_id, value in pairs if value is not None}


def shared(
    first: Points[Any], second: Points[Any], name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A column of numbers of both, of the photographs for which both have a value."""
    a, b = (np.asarray(points.columns[name], dtype=np.float64) for points in (first, second))
    if first.ids != second.ids:
        own, other = (np.array(points.ids, dtype=object) for points in (first, second))
        _, i, j = np.intersect1d(own, other, assume_unique=True, return_indices=True)
        a, b = a[i], b[j]
    known = ~(np.isnan(a) | np.isnan(b))
    return a[known], b[known]


def by_image(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows by image_id, as those of a run are already where a table is sorted by its keys."""
    ids = rows["image_id"].tolist()
    return rows if ids == sorted(ids) else rows.sort_values("image_id")


def spans(ordered: pd.DataFrame) -> dict[str, slice]:
    """image_id -> where its rows are in a table that is sorted by it."""
    ids, starts = np.unique(ordered["image_id"].to_numpy(dtype=object), return_index=True)
    ends = np.append(starts, len(ordered))[1:]
    return dict(zip(map(str, ids), map(slice, starts.tolist(), ends.tolist()), strict=True))


def optional(column: Column) -> list[Any]:
    """The values of a column, None for a missing number."""
    if not isinstance(column, np.ndarray):
        return list(column)
    found: list[Any] = column.tolist()
    if column.dtype.kind == "f":
        for place in np.flatnonzero(np.isnan(column)).tolist():
            found[place] = None
    return found


def typed(rows: pd.DataFrame, name: str, kind: type) -> Column:
    """A column of whole numbers or flags in their own type, None where a value is missing."""
    found = floats(rows[name])
    missing = np.isnan(found)
    if not missing.any():
        return found.astype(kind)
    whole = np.where(missing, 0, found).astype(kind).astype(object)
    whole[missing] = None
    return whole


def images(rows: Sequence[Any]) -> set[str]:
    """The photographs that some of these rows have a point of."""
    return set().union(*(row.points.ids for row in rows))
