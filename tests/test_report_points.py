"""Photographs behind the rows of the report: columns that are looked at as objects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.points import Points, by_image, images, shared, typed
from synthetic_tables import synthetic_context, synthetic_tables

IDS = ("a", "c", "d")
COLUMNS = {
    "size": np.array([1.5, np.nan, 3.0]),
    "count": typed(pd.DataFrame({"count": [1.0, 2.0, None]}), "count", int),
    "flag": typed(pd.DataFrame({"flag": [True, None, False]}), "flag", bool),
    "name": ["x", None, "z"],
}
EVERY = (("a", 1.5, 1, True, "x"), ("c", None, 2, None, None), ("d", 3.0, None, False, "z"))


@pytest.fixture
def points() -> Points[tuple[object, ...]]:
    return Points(IDS, COLUMNS, lambda *values: values)


def test_points_are_a_sequence_of_plain_values(points: Points[tuple[object, ...]]) -> None:
    assert tuple(points) == EVERY and len(points) == 3
    assert [points[i] for i in (0, 1, -1)] == [EVERY[0], EVERY[1], EVERY[2]]
    assert points[:2] == EVERY[:2] and points[5:] == ()
    with pytest.raises(IndexError):
        points[3]
    assert [type(value) for value in points[0][1:]] == [float, int, bool, str]


def test_a_point_is_found_by_its_photograph(points: Points[tuple[object, ...]]) -> None:
    assert [points.of(image_id) for image_id in IDS] == [*EVERY]
    assert [points.of(image_id) for image_id in ("", "b", "e")] == [None] * 3


def test_equal_points_are_equal_in_whatever_columns(points: Points[tuple[object, ...]]) -> None:
    columns = {**COLUMNS, "size": [1.5, None, 3.0]}
    again = Points([*IDS], columns, lambda *values: values)
    assert again == points and hash(again) == hash(points)
    assert points != Points(IDS, {**COLUMNS, "size": [1.5, None, 4.0]}, lambda *values: values)
    assert points != EVERY


def test_columns_are_those_of_the_points(points: Points[tuple[object, ...]]) -> None:
    assert points.column("flag") == [True, None, False]
    assert points.known("count") == {"a": 1, "c": 2}
    assert points.has("size").tolist() == [True, False, True]
    assert tuple(points.where(points.has("size"))) == (EVERY[0], EVERY[2])


def test_two_rows_are_compared_on_what_both_have(points: Points[tuple[object, ...]]) -> None:
    other = Points(("b", "c", "d"), {"size": np.array([7.0, 8.0, 9.0])}, lambda *values: values)
    own, theirs = shared(points, other, "size")
    assert (own.tolist(), theirs.tolist()) == ([3.0], [9.0])
    assert shared(points, points, "size")[0].tolist() == [1.5, 3.0]

    class Row:
        def __init__(self, points: Points[tuple[object, ...]]) -> None:
            self.points = points

    assert images([Row(points), Row(other)]) == {"a", "b", "c", "d"} and images([]) == set()


def test_rows_are_sorted_by_photograph_where_they_are_not() -> None:
    rows = pd.DataFrame({"image_id": ["b", "a"], "value": [1, 2]})
    assert by_image(rows)["value"].tolist() == [2, 1]
    assert by_image(rows[1:])["value"].tolist() == [2]


def test_a_run_has_its_rows_in_their_order_and_another_none() -> None:
    tables = synthetic_tables()
    data = Data(tables, synthetic_context())
    for name in ("saliency", "saliency_cells", "class_visualization", "transfer"):
        rows = tables[name].assign(run=tables[name]["run"].where(tables[name].index % 7 > 0))
        data.tables[name] = rows  # type: ignore[index]
        for model in (*data.models, "unknown"):
            for run in (*rows["run"].dropna().unique(), "unknown"):
                own = rows[rows["model"].eq(model) & rows["run"].eq(run)]
                pd.testing.assert_frame_equal(data.of_run(name, model, run), own)
