"""Tables as files: Parquet and CSV of one table, and row files, which hold rows of several tables.

A row file is Parquet with a column `table` and every column that some of its rows fill; a row has
null in the columns of other tables. Cells and jobs write their rows so, whatever tables these
belong to, since their outputs must be known before it is known what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from inputgrad.errors import StoreError
from inputgrad.files import replacing
from inputgrad.tables.schema import tables, type_of

TABLE = "table"

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # table -> rows


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table by rename; equal tables give equal bytes with the same pyarrow."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_csv(table: pa.Table, path: Path) -> None:
    """Write the same rows as CSV, null as an empty field."""
    with replacing(path) as temporary:
        pa_csv.write_csv(table, temporary)


def read_parquet(name: str, path: Path) -> pa.Table:
    """Read a table; StoreError where it cannot be read or has not the columns of `name`."""
    table = _read(path)
    if table.schema.names != list(tables()[name].columns):
        raise StoreError(f"{path}: not a table {name!r} of this version; remove it and run again")
    return table


def row_table(rows: Rows) -> pa.Table:
    """Rows of several tables, each sorted by key; KeyError for a column that no table has."""
    flat = [{TABLE: name, **row} for name, group in rows.items() for row in _sorted(name, group)]
    filled = sorted({column for row in flat for column in row} - {TABLE})
    fields = [(TABLE, pa.string()), *((column, type_of(column)) for column in filled)]
    return pa.Table.from_pylist(flat, pa.schema(fields))


def _sorted(name: str, rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows by those of the table's keys that they have."""
    keys = tables()[name].keys
    return sorted(rows, key=lambda row: [row[key] for key in keys if row.get(key) is not None])


def merged_rows(parts: Iterable[pa.Table]) -> pa.Table:
    """The rows of several row files, those of equal keys joined to one.

    A measure's cell holds the keys and its own columns; the method's cell holds the others.
    """
    merged: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for part in parts:
        for row in part.to_pylist():
            name = row.pop(TABLE)
            key = tuple(row.get(column) for column in tables()[name].keys)
            known = merged.setdefault(name, {}).setdefault(key, {})
            columns = tables()[name].columns  # a column that is no longer declared is left out
            known |= {c: value for c, value in row.items() if value is not None and c in columns}
    return row_table({name: list(rows.values()) for name, rows in merged.items()})


def of_table(name: str, part: pa.Table) -> pa.Table:
    """The rows of one table in a row file, with all of its columns, in no order."""
    wanted = part.filter(pc.equal(part[TABLE], name))
    columns = {
        column: wanted[column] if column in wanted.schema.names else pa.nulls(len(wanted), kind)
        for column, kind in zip(
            tables()[name].schema.names, tables()[name].schema.types, strict=True
        )
    }
    return pa.table(columns, schema=tables()[name].schema)


def read_rows(path: Path) -> pa.Table:
    """Read a row file; StoreError where it is none."""
    table = _read(path)
    if TABLE not in table.schema.names:
        raise StoreError(f"{path}: no file of rows of this version; remove it and run again")
    return table


def tables_in(path: Path) -> list[str]:
    """Names of the tables of which a row file has rows; StoreError where it is none."""
    return sorted(map(str, _read(path, columns=[TABLE])[TABLE].unique().to_pylist()))


def read_columns(name: str, path: Path, columns: Sequence[str]) -> pa.Table:
    """Some columns of a table, without reading the others; KeyError for one that it has not."""
    if unknown := set(columns) - tables()[name].columns.keys():
        raise KeyError(f"columns {sorted(unknown)} do not belong to the table {name!r}")
    return _read(path, columns=columns)


def _read(path: Path, *, columns: Sequence[str] | None = None) -> pa.Table:
    try:
        found = pq.read_table(path, columns=columns)
        if columns is not None and found.schema.names != [*columns]:
            raise pa.ArrowInvalid(f"no columns {', '.join(columns)}")
        return found
    except (OSError, pa.ArrowInvalid) as error:
        message = f"{path}: not a readable table ({error}); remove it and run again"
        raise StoreError(message) from error
