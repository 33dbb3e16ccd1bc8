"""`docs/tables.md`: every table with its columns, written from what the modules declare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inputgrad.places import SCRIPTS
from inputgrad.tables.columns import Column
from inputgrad.tables.schema import tables

FILE = SCRIPTS.parent / "docs" / "tables.md"
HEAD = """# Tables

Written by `make docs` from the `COLUMNS` of techniques, methods and measures; a test keeps it so.

`results/statistics/<table>.parquet`, and the same rows as CSV in `results/report/data/`. Rows are
sorted by the keys. A missing value is null (an empty field in CSV), never 0 or -1. No table holds
a clock time. Images and perturbations are in [0, 1], scores are logits, shares and confidences are
in [0, 1].
"""
KINDS = {"text": "text", "whole": "whole number", "real": "number", "flag": "true, false"}


def render() -> str:
    """The whole file."""
    return "\n".join(_lines())


def write() -> Path:
    """Write it; its place."""
    FILE.write_text(render(), encoding="utf-8")
    return FILE


def _lines() -> Iterator[str]:
    yield HEAD
    for table in tables().values():
        yield f"## `{table.name}`\n"
        yield "| column | meaning | type, unit and range |"
        yield "|---|---|---|"
        for column in table.columns.values():
            name = f"`{column.name}`" + (" (key)" if column.key else "")
            yield f"| {name} | {column.meaning} | {_kind(column)} |"
        yield ""


def _kind(column: Column) -> str:
    words = [KINDS[column.kind], column.unit, _range(column)]
    return ", ".join(word for word in words if word)


def _range(column: Column) -> str:
    ends = [("≥", column.low), ("≤", column.high)]
    return ", ".join(f"{sign} {end:g}" for sign, end in ends if end is not None)
