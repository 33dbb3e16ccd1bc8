"""Statistics tables of any size, made by repeating a small sample.

The tests' synthetic tables make their rows one by one, which takes too long for 50,000 photographs.
So a sample of `BASE` of them is made once, and repeated with fresh ids, every repetition's classes
shifted by one, and up to `JITTER` off each value that differs within the sample. The rows are less
varied than real ones: they show what a report of that size costs, and nothing of networks. What
pictures of classes share with photographs (`likeness`) is made anew, by the rule of the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.tables.schema import tables
from synthetic_likeness import NATURAL, STAGES
from synthetic_tables import CLASSES, synthetic_tables

BASE = 250
WRONG = 50  # of these, by every model
JITTER = 0.02
SET_BY_HAND = ("eta", "lambda")  # real columns that a configuration states
CLASS_COLUMNS = ("label", "prediction", "target", "prediction_before")
COUNT = 1000  # classes


def large_tables(models: Sequence[str], n: int) -> dict[str, pd.DataFrame]:
    """All tables for `n` photographs, sorted by key, in the types in which they are read."""
    small = synthetic_tables(models=models, n=min(n, BASE), wrong=WRONG, likeness=None)
    ids = small["photographs"]["image_id"].to_numpy(dtype=object)
    fresh = np.array([f"{i:016x}" for i in range(n)], dtype=object)
    random = np.random.default_rng(0)
    found = {
        name: _repeated(rows, ids, fresh, random) if "image_id" in rows and len(rows) else rows
        for name, rows in small.items()
        if name != "likeness"
    }
    photographs = found["photographs"]
    found["likeness"] = _likeness(photographs, small["likeness"], models)
    return {name: found[name] for name in small}


def _repeated(
    rows: pd.DataFrame,
    ids: NDArray[np.object_],
    fresh: NDArray[np.object_],
    random: np.random.Generator,
) -> pd.DataFrame:
    """The rows of the photographs `ids` again and again, for the photographs `fresh`."""
    place = np.searchsorted(ids, rows["image_id"].to_numpy(dtype=object))
    rows, place = rows.iloc[np.argsort(place, kind="stable")], np.sort(place)
    times = -(-len(fresh) // len(ids))
    turn = np.repeat(np.arange(times), len(rows))
    number = turn * len(ids) + np.tile(place, times)
    kept = number < len(fresh)
    chosen = np.tile(np.arange(len(rows)), times)[kept]
    many = rows.take(chosen).reset_index(drop=True)
    many["image_id"] = pd.array(fresh[number[kept]], dtype=rows["image_id"].dtype)
    for column in set(CLASS_COLUMNS) & set(many):
        many[column] = (many[column] + turn[kept]) % COUNT
    for column in _measured(rows):
        many[column] = many[column] * (1.0 - JITTER * random.random(len(many)))
    return many


def _measured(rows: pd.DataFrame) -> list[str]:
    """Real columns whose values differ."""
    return [
        column
        for column in rows.select_dtypes("float64").columns
        if column not in (*SET_BY_HAND, *CLASS_COLUMNS) and len(rows[column].unique()) > 1
        if _kinds()[column] == "real"
    ]


def _kinds() -> Mapping[str, str]:
    return {c.name: c.kind for table in tables().values() for c in table.columns.values()}


def _likeness(photographs: pd.DataFrame, like: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Every photograph beside every picture in every pair of models, as `synthetic_likeness`."""
    n, labels = len(photographs), photographs["label"].to_numpy()
    wobble = 0.01 * (np.arange(n) % 3 - 1)
    parts = []
    for index in CLASSES:
        own = labels == index
        beside = NATURAL + (0.02 if index % 80 else -0.02)
        natural = np.where(own, np.nan, NATURAL) if own.any() else np.full(n, np.nan)
        columns = {
            "class_index": index,
            "run": "practical",
            "image_id": photographs["image_id"],
            "label": labels,
            "score": np.where(own, 20.0, 1.0 - np.arange(n) / n),
        }
        for stage in STAGES:
            columns |= {f"picture_{stage}": np.where(own, beside, 0.1 + wobble)}
            columns |= {f"class_{stage}": natural}
        rows = pd.DataFrame(columns)
        parts += [rows.assign(model=j, source_model=s) for j, s in product(models, models)]
    types = {name: like[name].dtype for name in like if like[name].notna().any()}
    return pd.concat(parts, ignore_index=True).reindex(columns=like.columns).astype(types)
