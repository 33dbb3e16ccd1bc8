"""A recomputed cell: last bits may differ on another machine, and nothing else may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inputgrad.cells.comparison import differences

Row = dict[str, Any]
N = 12
COUNTS = [5, 3, 22, 8, 11, 4, 7, 15, 9, 30, 2, 100]
TURNED = {0: 1, 4: -3, 7: 2}  # attack -> by how many iterations another thread count changed it

TABLES: dict[str, list[Row]] = {
    "predictions": [
        {"image_id": f"{i:x}", "prediction": i, "label_rank": 1 + i, "correct": i % 3 == 0}
        | {"confidence_label": 0.999 - 0.08 * i, "margin": 5.0 - i, "error": None}
        for i in range(N)
    ],
    "saliency": [
        {"image_id": f"{i:x}", "run": "r", "score": 20.0 - i, "gini": 0.4 + 0.01 * i}
        for i in range(N)
    ],
    "adversarial": [
        {"image_id": f"{i:x}", "target": 7 * i, "attacked": True, "iterations": count}
        | {"confidence_label_before": 0.9 - 0.05 * i, "l2": 0.1 * count**0.7, "margin": 0.1 * i}
        | {"censored": count == 100, "ssim": 0.99, "psnr_db": 50.0 - i, "success_png": i % 2 == 0}
        for i, count in enumerate(COUNTS)
    ],
    "class_visualization": [
        {"class_index": i, "iteration": 100, "score": 60.0 + 9 * i, "prediction": i}
        | {"l2": 70.0 + 6 * i, "total_variation": 0.02 + 0.004 * i, "probability": 0.9}
        for i in range(N)
    ],
}
AT_THE_END = {("adversarial", "margin"), ("class_visualization", "prediction")}  # not compared
MAP = np.random.default_rng(0).gamma(0.5, size=(64, 64)).astype(np.float32)


def faults(table: str, new: list[Row], *, exact: bool = False) -> list[str]:
    return list(differences(table, TABLES[table], new, {}, {}, exact=exact))


def changed(table: str, column: str, by: dict[int, Any]) -> list[Row]:
    """The table with a number added to a column in some rows."""
    return [
        row | ({column: row[column] + by[i]} if i in by else {})
        for i, row in enumerate(TABLES[table])
    ]


def elsewhere(table: str) -> list[Row]:
    """Deviations of the size that was measured on one machine between two settings."""
    rows = [dict(row) for row in TABLES[table]]
    for row in rows:
        for column in ("confidence_label", "margin", "score", "gini", "confidence_label_before"):
            if column in row and table != "class_visualization":
                row[column] *= 1 + 5e-6
    for i, by in TURNED.items() if table == "adversarial" else ():
        rows[i] |= {"iterations": COUNTS[i] + by, "l2": 0.1 * (COUNTS[i] + by) ** 0.7}
        rows[i] |= {"success_png": not rows[i]["success_png"], "margin": 3.0}
    for row in rows if table == "class_visualization" else ():
        row |= {"score": 0.84 * row["score"], "l2": 1.016 * row["l2"], "probability": 0.4}
        row["prediction"] += 1
    return rows


@pytest.mark.parametrize("table", TABLES)
def test_what_another_order_of_summation_does_is_allowed_elsewhere_only(table: str) -> None:
    assert faults(table, TABLES[table], exact=True) == []
    assert faults(table, elsewhere(table)) == []
    assert faults(table, elsewhere(table), exact=True) != []


@pytest.mark.parametrize(
    ("table", "column", "by"),
    [
        ("predictions", "confidence_label", {0: -1e-3}),
        ("predictions", "prediction", {3: 1}),
        ("predictions", "correct", {0: -1}),
        ("predictions", "label_rank", {5: 40}),
        ("saliency", "gini", {2: 3e-3}),
        ("saliency", "score", {2: float("nan")}),
        ("adversarial", "confidence_label_before", {0: 1e-3}),
        ("adversarial", "target", {1: 1}),
        ("adversarial", "attacked", {1: -1}),
        ("adversarial", "iterations", {11: 20}),
        ("adversarial", "iterations", dict.fromkeys(range(N), 1)),
        ("adversarial", "l2", {9: 1.0}),
        ("adversarial", "l2", {i: 0.01 * COUNTS[i] for i in range(N)}),
        ("adversarial", "censored", {i: 1 - 2 * (i == 11) for i in range(6, N)}),
        ("class_visualization", "class_index", {0: 1}),
        ("class_visualization", "l2", {0: 7.0}),
        ("class_visualization", "score", {0: -50.0}),
    ],
)
def test_a_fault_is_found_elsewhere(table: str, column: str, by: dict[int, Any]) -> None:
    found = faults(table, changed(table, column, by))
    assert len(found) == 1
    assert found[0].startswith(f"{column} differs in {len(by)} of {N} rows")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (table, column)
        for table, rows in TABLES.items()
        for column in rows[0]
        if len({row[column] for row in rows}) == N
        and (table, column)
        not in {("adversarial", "margin"), ("class_visualization", "prediction")}
    ],
)
def test_a_column_moved_by_one_row_is_found_elsewhere(table: str, column: str) -> None:
    rows = TABLES[table]
    moved = [row | {column: rows[i - 1][column]} for i, row in enumerate(rows)]
    assert any(column in fault for fault in faults(table, moved))


def test_a_missing_row_column_or_value_is_found() -> None:
    rows = TABLES["saliency"]
    assert faults("saliency", rows[1:]) == ["12 rows are stored, 11 came out"]
    without = [{k: v for k, v in row.items() if k != "gini"} for row in rows]
    assert "gini differs in 12" in faults("saliency", without)[0]
    assert "gini differs in 1 " in faults("saliency", [rows[0] | {"gini": None}, *rows[1:]])[0]


def arrays(old: Any, new: Any, *, table: str = "saliency", exact: bool = False) -> list[str]:
    return list(differences(table, [], [], {"map": old}, {"map": new}, exact=exact))


def test_arrays_of_one_pass_agree_but_for_a_few_values() -> None:
    few = MAP.copy()
    few.flat[:8] += 0.006 * MAP.max()  # a ReLU or a maximum that switched
    assert arrays(MAP, MAP * np.float32(1 + 1e-6)) == []
    assert arrays(MAP, few) == []
    assert arrays(MAP, few, exact=True) == ["array map differs in 0.2% of its values"]
    for wrong in (np.roll(MAP, 1, axis=0), 1.01 * MAP, MAP[::-1], np.full_like(MAP, np.nan)):
        assert len(arrays(MAP, wrong)) == 1


def test_arrays_of_an_ascent_keep_their_names_and_shapes() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    assert arrays(image, image + 9, table="adversarial") == []
    assert len(arrays(image, image + 9, table="predictions")) == 1
    assert len(arrays(image, image[1:], table="adversarial")) == 1
    assert list(differences("adversarial", [], [], {"image": image}, {}, exact=False)) == [
        "other arrays: ['image'] are stored, [] came out"
    ]


def test_a_judgement_is_compared_by_what_no_ascent_decides() -> None:
    """Elsewhere another end of an ascent is judged, but of the same photograph or start."""
    row = {"label": 3, "correct_before": True, "prediction": 3, "confidence_label": 0.2}
    moved = row | {"prediction": 5, "confidence_label": 0.9}
    assert not [*differences("transfer", [row], [moved], {}, {}, exact=False)]
    wrong = row | {"correct_before": False}
    assert [*differences("transfer", [row], [wrong], {}, {}, exact=False)]
    start = {"rank": 4, "floor_rank": 10, "floor_probability": 0.01}
    end = start | {"rank": 400, "floor_rank": 11}
    assert not [*differences("recognition", [start], [end], {}, {}, exact=False)]
    assert [*differences("recognition", [start], [end | {"floor_rank": 20}], {}, {}, exact=False)]
