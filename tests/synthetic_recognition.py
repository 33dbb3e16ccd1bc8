"""Rows of the table `recognition` as they might come, with switches for what they should show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

Seen = Literal["some", "all", "none", "not judged"]


def recognition_rows(
    models: Sequence[str], classes: Mapping[str, Sequence[int]], *, how: Seen = "some"
) -> list[dict[str, Any]]:
    """Every network's pictures before every network; `classes` are those drawn, by run."""
    if how == "not judged":
        return []
    return [
        {
            "class_index": index,
            "model": judge,
            "source_model": source,
            "run": run,
            "method": "practical",
            "init": "noise",
            "iteration": 50,
            "floor_top1": False,
            "floor_top5": place % 5 == 4,
            "floor_rank": 400,
            "floor_probability": 0.001,
        }
        | _verdict(index, place, named=source == judge or how == "all", how=how, run=run)
        for source in models
        for judge in models
        for run, drawn in classes.items()
        for place, index in enumerate(drawn)
    ]


def _verdict(index: int, place: int, *, named: bool, how: Seen, run: str) -> dict[str, Any]:
    """Every third picture is named where some are, by the first run's neighbours every second."""
    named = named or (how == "some" and place % (2 + len(run) % 2) == 0)
    return {
        "prediction": index if named else 999,
        "top1": named,
        "top5": named or place % 4 == 1,
        "rank": 1 if named else 30,
        "probability": 0.6 if named else 0.01 * (1 + len(run) % 5),
    }


def seen_by_others(tables: dict[str, pd.DataFrame], **named: Any) -> dict[str, pd.DataFrame]:
    """The first classes of a run, so many of them, are named by every other network."""
    rows = tables["recognition"]
    for run, count in named.items():
        classes = sorted(set(rows.loc[rows["run"].eq(run), "class_index"]))[:count]
        others = rows["run"].eq(run) & rows["source_model"].ne(rows["model"])
        rows.loc[others, "top1"] = rows["class_index"].isin(classes)
    return tables
