"""From the tables of the jobs to the tables of the sample: rows of other photographs are left out.

A batch may hold photographs that have left the sample; what was computed for them stays stored
and out of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from inputgrad.photographs.index import Index
from inputgrad.tables.schema import concatenate, read_parquet, to_table


def gather_tables(index: Index, files: dict[str, Sequence[Path]]) -> dict[str, pa.Table]:
    """Family -> its table, sorted by key, of the photographs in the index alone."""
    tables = {
        family: of_sample(concatenate(family, [read_parquet(family, p) for p in paths]), index)
        for family, paths in files.items()
    }
    return {"photographs": _photographs(index, tables["predictions"]), **tables}


def choose_exemplars(index: Index, predictions: pa.Table, *, n: int) -> list[str]:
    """`image_id` of the n photographs that the figures show, in rank order.

    Those that every model classifies correctly come first, since all techniques can be shown on
    them; then those that some model does; unreadable ones never.
    """
    votes: dict[str, list[bool]] = {}
    for row in predictions.select(["image_id", "correct"]).to_pylist():
        votes.setdefault(row["image_id"], []).append(row["correct"])
    readable = [i.image_id for i in index.images if None not in votes.get(i.image_id, [None])]
    shares = {key: sum(votes[key]) / len(votes[key]) for key in readable}
    chosen = set(sorted(readable, key=lambda key: -shares[key])[:n])
    return [key for key in readable if key in chosen]


def of_sample(table: pa.Table, index: Index) -> pa.Table:
    """Rows of the photographs in the index, under the labels that they have there."""
    if "image_id" not in table.schema.names:
        return table
    wanted = {(image.image_id, image.label) for image in index.images}
    keys = zip(table["image_id"].to_pylist(), table["label"].to_pylist(), strict=True)
    return table.filter(pa.array([key in wanted for key in keys], pa.bool_()))


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
