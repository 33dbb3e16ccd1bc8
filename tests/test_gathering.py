"""From the jobs' rows to the tables of the sample, and the rule that chooses exemplars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inputgrad.photographs.index import Index, IndexedImage, RefusedFile
from inputgrad.tables.files import merged_rows, row_table, write_parquet
from inputgrad.tables.gathering import choose_exemplars, gather_tables
from inputgrad.tables.schema import to_table


def index_of(*images: tuple[str, int]) -> Index:
    listed = tuple(IndexedImage(i, label, "b", f"{i}.jpg", "folder") for i, label in images)
    return Index(0, None, listed, ("b",), ())


def predictions(*rows: tuple[str, str, bool]) -> pa.Table:
    return to_table(
        "predictions", [{"image_id": i, "model": m, "correct": right} for i, m, right in rows]
    )


def attacks(values: dict[str, float | None], *, failed: frozenset[str] = frozenset()) -> pa.Table:
    return to_table(
        "adversarial",
        [
            {"image_id": i, "model": "m", "run": "r", "target_policy": "random", "l2": v}
            | {"success": i not in failed}
            for i, v in values.items()
        ],
    )


def chosen(rows: pa.Table, right: pa.Table, n: int, **options: Any) -> list[str]:
    return choose_exemplars(rows, right, by="l2", **{"higher_is_better": False, "n": n, **options})


FIVE = {"a": 5.0, "b": 1.0, "c": 3.0, "d": 2.0, "e": 4.0}
ALL_RIGHT = predictions(*((i, m, True) for i in FIVE for m in ("m", "other")))


@pytest.mark.parametrize(
    ("n", "expected"),
    [(1, ["c"]), (2, ["b", "a"]), (3, ["b", "c", "a"]), (9, ["b", "d", "c", "e", "a"])],
)
def test_best_median_and_worst_come_in_this_order(n: int, expected: list[str]) -> None:
    assert chosen(attacks(FIVE), ALL_RIGHT, n) == expected
    assert chosen(attacks(FIVE), ALL_RIGHT, n, higher_is_better=True) == expected[::-1]


def test_a_failed_attack_is_the_worst_however_little_it_changed() -> None:
    assert chosen(attacks(FIVE | {"a": 0.0}, failed=frozenset("a")), ALL_RIGHT, 3) == [
        "b",
        "c",
        "a",
    ]


def test_photographs_that_some_model_gets_wrong_or_without_a_value_are_passed_over() -> None:
    right = predictions(*((i, m, (i, m) != ("b", "other")) for i in FIVE for m in ("m", "other")))
    assert chosen(attacks(FIVE), right, 2) == ["d", "a"]
    assert chosen(attacks(FIVE), right, 5) == ["b", "d", "c", "e", "a"]  # fewer than asked for
    assert chosen(attacks(FIVE | {"a": None}), ALL_RIGHT, 2) == ["b", "e"]
    assert chosen(attacks({}), ALL_RIGHT, 3) == []


def test_without_the_measure_the_order_of_the_names_decides() -> None:
    assert chosen(attacks(dict.fromkeys(FIVE)), ALL_RIGHT, 3) == ["a", "c", "e"]


@given(st.dictionaries(st.text("abcdef0123456789", min_size=4, max_size=4), st.floats(0, 9)))
def test_the_rule_does_not_depend_on_the_order_of_the_rows(values: dict[str, float]) -> None:
    right = predictions(*((i, "m", True) for i in values))
    backwards = dict(reversed(values.items()))
    assert chosen(attacks(values), right, 3) == chosen(attacks(backwards), right, 3)


def test_rows_of_a_method_and_its_measures_become_one() -> None:
    key = {"image_id": "a", "model": "m", "run": "r"}
    base = row_table({"saliency": [key | {"label": 3, "score": 1.5}]})
    measure = row_table({"saliency": [key | {"label": 3, "gini": 0.5}]})
    (row,) = merged_rows([base, measure]).to_pylist()
    assert (row["table"], row["score"], row["gini"]) == ("saliency", 1.5, 0.5)


def test_rows_of_photographs_that_left_are_left_out(tmp_path: Path) -> None:
    rows = [
        {"image_id": i, "model": "m", "label": 3, "correct": i == "a", "error": error}
        for i, error in (("a", None), ("b", "cannot be decoded"), ("gone", None))
    ]
    write_parquet(row_table({"predictions": rows}), tmp_path / "rows.parquet")
    found = dict(gather_tables(index_of(("a", 3), ("b", 3)), [tmp_path / "rows.parquet"]))
    assert found["predictions"]["image_id"].to_pylist() == ["a", "b"]
    assert found["photographs"]["error"].to_pylist() == [None, "cannot be decoded"]
    assert len(found["saliency"]) == 0


def test_every_file_that_was_not_used_is_a_row_with_its_reason(tmp_path: Path) -> None:
    rows = [{"image_id": "a", "model": "m", "label": 3, "error": "cannot be decoded"}]
    write_parquet(row_table({"predictions": rows}), tmp_path / "rows.parquet")
    twice = (RefusedFile("z.jpg", "is empty (0 bytes)", "folder"),) * 2
    index = replace(index_of(("a", 3)), refused=twice)
    refused = dict(gather_tables(index, [tmp_path / "rows.parquet"]))["refused"].to_pylist()
    assert [(row["file"], row["reason"]) for row in refused] == [
        ("a.jpg", "cannot be decoded"),
        *((file.file, file.reason) for file in twice),
    ]
