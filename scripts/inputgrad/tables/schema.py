"""The tables of the pipeline: assembled from the `COLUMNS` of techniques, methods and measures.

Keys come first, then the method, then what each module fills in, with the unit in the name. A
missing value is null, never 0 or -1; a censored count is its budget with `censored = true`. No
table holds a clock time, since runs are compared byte for byte.

Units: images and perturbations are in [0, 1]; `rms_255` is in 8-bit grey levels; `psnr_db` in
decibels; scores are logits; confidences and shares are in [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from inputgrad import registry
from inputgrad.config.settings import read_columns
from inputgrad.errors import ConfigError
from inputgrad.tables.columns import Column

SCHEMA_VERSION = 2
TYPES = {"text": pa.string(), "whole": pa.int64(), "real": pa.float64(), "flag": pa.bool_()}

PHOTOGRAPHS = (
    Column(name="image_id", kind="text", key=True, meaning="The photograph."),
    Column(name="label", kind="whole", meaning="Its class."),
    Column(name="file", kind="text", meaning="Its file's base name."),
    Column(name="source", kind="text", meaning="The kind of source that it comes from."),
    Column(name="error", kind="text", meaning="Why it could not be used; null where it could."),
)
REFUSED = (
    Column(name="file", kind="text", key=True, meaning="Its place in the folder of its source."),
    Column(name="source", kind="text", key=True, meaning="The kind of its source."),
    Column(
        name="reason",
        kind="text",
        key=True,
        meaning="Why it was not used: refused, a duplicate, left out, or not to be decoded.",
    ),
)
# the columns that the job fills in, whatever the technique: what a row is about
ABOUT = {
    "image_id": Column(name="image_id", kind="text", key=True, meaning="The photograph."),
    "class_index": Column(name="class_index", kind="whole", key=True, meaning="The class drawn."),
    "model": Column(name="model", kind="text", key=True, meaning="The model's name."),
    "source_model": Column(
        name="source_model",
        kind="text",
        key=True,
        meaning="The model for which the image was made, which `model` judges.",
    ),
    "run": Column(name="run", kind="text", key=True, meaning="The run's name."),
    "target_policy": Column(
        name="target_policy", kind="text", key=True, meaning="How the target was chosen."
    ),
    "label": Column(name="label", kind="whole", meaning="The photograph's class."),
    "error": Column(name="error", kind="text", meaning="Why the file could not be decoded."),
}
ITEMS: dict[str, tuple[str, ...]] = {  # table of a technique -> what its rows are about
    "predictions": ("image_id", "model", "label", "error"),
    "saliency": ("image_id", "model", "run", "label"),
    "adversarial": ("image_id", "model", "run", "target_policy", "label"),
    "class_visualization": ("class_index", "model", "run"),
}


@dataclass(frozen=True)
class Table:
    """A table's columns in order, keys first."""

    name: str
    columns: Mapping[str, Column]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that together name a row."""
        return tuple(name for name, column in self.columns.items() if column.key)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with its version in the metadata."""
        fields = [(name, TYPES[column.kind]) for name, column in self.columns.items()]
        return pa.schema(fields, metadata={"schema_version": str(SCHEMA_VERSION)})


@cache
def tables() -> Mapping[str, Table]:
    """Every table by name, those of the files first; ConfigError where declarations contradict."""
    found = {"photographs": list(PHOTOGRAPHS), "refused": list(REFUSED)}
    for technique in registry.TECHNIQUES:
        about = [ABOUT[name] for name in ITEMS[technique]]
        found[technique] = list(about)
        measures = set(registry.MEASURES[technique].values())
        for column, module in _declared(technique):
            name = column.table or technique
            columns = found.setdefault(name, list(about))
            alone = module in measures and column.table is None
            if _is_new(column, columns, f"{module}: the table {name}", alone=alone):
                columns.append(column)
    for technique, judgements in registry.JUDGEMENTS.items():
        for judgement, module in judgements.items():
            own = read_columns(registry.source_file(module)) or ()
            found[judgement] = [ABOUT[name] for name in _judged(ITEMS[technique])] + [*own]
    found[registry.TRAINED] = [ABOUT["model"], ABOUT["run"], *_of_trainings()]
    _check_kinds(found)
    return {name: Table(name, _ordered(columns)) for name, columns in found.items()}


def _judged(items: Sequence[str]) -> Iterator[str]:
    """What the rows of a judgement are about: the judging model comes before the judged one."""
    for name in items:
        yield from ("model", "source_model") if name == "model" else (name,)


def _of_trainings() -> Iterator[Column]:
    """Columns of all trainings, each once; ConfigError where two have one name and differ."""
    known: list[Column] = []
    for module in registry.TRAININGS.values():
        for column in read_columns(registry.source_file(module)) or ():
            if _is_new(column, known, f"{module}: the table {registry.TRAINED}", alone=False):
                known.append(column)
                yield column


def _declared(technique: str) -> Iterator[tuple[Column, str]]:
    """Columns of a technique, of its methods and of its measures, with the declaring module."""
    own = registry.TECHNIQUES[technique].module
    methods, measures = registry.METHODS[technique], registry.MEASURES[technique]
    for module in dict.fromkeys([own, *methods.values(), *measures.values()]):
        for column in read_columns(registry.source_file(module)) or ():
            yield column, module


def _is_new(column: Column, columns: Iterable[Column], where: str, *, alone: bool) -> bool:
    """Whether the table lacks a column.

    Several methods may fill the same one, measures only in a table of their own, where each has
    rows of its own keys.
    """
    known = next((c for c in columns if c.name == column.name), None)
    if known is not None and (alone or known != column):
        raise ConfigError(f"{where} has a column {column.name!r} already; give it another name")
    return known is None


def _check_kinds(found: Mapping[str, Iterable[Column]]) -> None:
    """ConfigError where two tables have a column of one name but of two types."""
    kinds: dict[str, str] = {}
    for name, columns in found.items():
        for column in columns:
            if kinds.setdefault(column.name, column.kind) != column.kind:
                raise ConfigError(
                    f"the column {column.name!r} of the table {name} is {column.kind}, but "
                    f"{kinds[column.name]} in another table; give it another name"
                )


def _ordered(columns: Iterable[Column]) -> dict[str, Column]:
    """Keys, then the method, then the others in the order of their declaration."""
    ranked = sorted(columns, key=lambda c: 0 if c.key else 1 if c.name == "method" else 2)
    return {column.name: column for column in ranked}


@cache
def type_of(column: str) -> pa.DataType:
    """Type of a column, the same in every table that has it; KeyError for an unknown one."""
    known = (t.columns[column] for t in tables().values() if column in t.columns)
    found = next(known, None)
    if found is None:
        raise KeyError(f"the column {column!r} belongs to no table")
    return TYPES[found.kind]


def to_table(name: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table sorted by key; an unknown column is a programming error (KeyError)."""
    columns = tables()[name].columns
    rows = list(rows)
    for row in rows:
        if extra := row.keys() - columns.keys():
            raise KeyError(f"columns {sorted(extra)} do not belong to the table {name!r}")
    filled = [{c: row.get(c) for c in columns} for row in rows]
    return ordered(name, pa.Table.from_pylist(filled, tables()[name].schema))


def ordered(name: str, table: pa.Table) -> pa.Table:
    """The table sorted by key."""
    return table.sort_by([(key, "ascending") for key in tables()[name].keys])


def concatenate(name: str, parts: Sequence[pa.Table]) -> pa.Table:
    """One table sorted by key from several; none gives the empty table."""
    return ordered(name, pa.concat_tables([tables()[name].schema.empty_table(), *parts]))
