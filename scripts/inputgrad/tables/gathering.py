"""From the jobs' row files to the tables of the sample: rows of other photographs are left out.

A batch may hold photographs that have left the sample; what was computed for them stays stored
and out of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inputgrad.photographs.index import Index
from inputgrad.tables.files import of_table, read_rows, tables_in
from inputgrad.tables.schema import concatenate, tables, to_table

BESIDE_COLUMNS = [  # of the table `likeness`, by which photographs are shown beside pictures
    *("class_index", "model", "source_model", "run", "image_id"),
    *("score", "picture_last"),
]
REFUSED_COLUMNS = ["file", "source", "reason"]
Exemplars = dict[str, dict[str, list[str]]]  # technique -> run -> image_ids, the best one first


def gather_tables(index: Index, files: Iterable[Path]) -> Iterator[tuple[str, pa.Table]]:
    """Every table in turn, sorted by key, with the photographs in the index alone.

    Each is made when it is asked for, from the files that have rows of it, so that two million rows
    need the memory of one table.
    """
    files_of: dict[str, list[Path]] = {name: [] for name in tables()}
    for path in files:
        for name in tables_in(path):
            files_of[name].append(path)
    for name, own in files_of.items():
        if name not in ("photographs", "refused"):
            table = concatenate(name, [of_sample(of_table(name, read_rows(f)), index) for f in own])
            if name == "predictions":
                photographs = _photographs(index, table)
                yield "photographs", photographs
                yield "refused", _refused(index, photographs)
            yield name, table


def of_sample(table: pa.Table, index: Index) -> pa.Table:
    """Rows of the photographs in the index, under the labels that they have there."""
    if "image_id" not in table.schema.names:
        return table
    ids = pa.array([image.image_id for image in index.images], pa.string())
    labels = pa.array([image.label for image in index.images], pa.int64())
    known = pc.take(labels, pc.index_in(table["image_id"], value_set=ids))
    return table.filter(pc.fill_null(pc.equal(known, table["label"]), False))


def choose_exemplars(
    rows: pa.Table, predictions: pa.Table, *, by: str, higher_is_better: bool, n: int
) -> list[str]:
    """`image_id` of the n photographs by which figures show a run, from its best to its worst.

    The rule: of the photographs that every model classifies correctly (where these are fewer than
    n, of all), those at n equal distances of rank in the column `by`: with three the best, the
    median and the worst one. An attack that failed ranks behind all that succeeded. Ties are broken
    by image_id. A photograph without a value is never chosen, unless the column is empty because
    its measure is not taken: then the rows' order decides. `rows` are those of one model, run and
    target policy.
    """
    sign = -1.0 if higher_is_better else 1.0
    values = {
        row["image_id"]: (row.get("success") is False, sign * row[by])
        for row in rows.to_pylist()
        if row[by] is not None
    }
    if not values:
        values = {row["image_id"]: (False, 0.0) for row in rows.to_pylist()}
    correct = _correct_everywhere(predictions)
    shared = [key for key in values if key in correct]
    known = shared if len(shared) >= n else list(values)
    ranked = sorted(known, key=lambda key: (values[key], key))
    places = np.linspace(0, len(ranked) - 1, min(n, len(ranked))).round().astype(int)
    if n == 1 and ranked:
        places = np.array([(len(ranked) - 1) // 2])
    return [ranked[place] for place in places]


def choose_beside(rows: pa.Table, *, lead: str, run: str) -> list[str]:
    """`image_id` of the photographs that are shown beside the pictures of a run of one model.

    The rule: for each class the photograph that the model itself scores highest, and the nearest
    one in the last feature maps of every other model; of equal ones the first by image_id. `rows`
    are those of the table `likeness`.
    """
    best: dict[tuple[int, str], tuple[float, str]] = {}
    for row in rows.select(BESIDE_COLUMNS).to_pylist():
        if (row["source_model"], row["run"]) == (lead, run):
            value = row["score" if row["model"] == lead else "picture_last"]
            if value is not None:
                key, found = (row["class_index"], row["model"]), (-value, row["image_id"])
                best[key] = min(best.get(key, found), found)
    return sorted({image_id for _, image_id in best.values()})


def _correct_everywhere(predictions: pa.Table) -> set[str]:
    """Photographs that every model classifies correctly."""
    keys, flags = predictions["image_id"].to_pylist(), predictions["correct"].to_pylist()
    wrong = {key for key, correct in zip(keys, flags, strict=True) if not correct}
    return set(keys) - wrong


def _photographs(index: Index, predictions: pa.Table) -> pa.Table:
    failed = predictions.filter(pc.is_valid(predictions["error"]))
    keys, messages = failed["image_id"].to_pylist(), failed["error"].to_pylist()
    errors = dict(zip(keys, messages, strict=True))
    rows: list[dict[str, Any]] = [
        {
            "image_id": image.image_id,
            "label": image.label,
            "file": image.file,
            "source": image.source,
            "error": errors.get(image.image_id),
        }
        for image in index.images
    ]
    return to_table("photographs", rows)


def _refused(index: Index, photographs: pa.Table) -> pa.Table:
    """What was never in the sample, and what was but could not be decoded."""
    rows: list[dict[str, Any]] = [
        {"file": r.file, "source": r.source, "reason": r.reason} for r in index.refused
    ]
    failed = photographs.filter(pc.is_valid(photographs["error"]))
    rows += failed.select(["file", "source", "error"]).rename_columns(REFUSED_COLUMNS).to_pylist()
    return to_table("refused", rows)
