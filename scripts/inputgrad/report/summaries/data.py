"""Views of the statistics tables: which rows a question looks at.

A view keeps the rows of one run; each statistic leaves out the rows in which its measure is
missing. Models are compared on the photographs (or classes) for which every model that has a value
at all has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inputgrad.report.summaries.context import Context
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate


@dataclass(frozen=True)
class Data:
    """All tables with their context."""

    tables: Mapping[str, pd.DataFrame]
    context: Context

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the configuration."""
        return self.context.model_names

    def of_model(self, table: str, model: str) -> pd.DataFrame:
        """All rows of one model but those of photographs that it could not read."""
        rows = self.tables[table]
        rows = rows[rows["model"] == model]
        return rows[rows["error"].isna()] if "error" in rows else rows

    def of_run(self, table: str, model: str, run: str) -> pd.DataFrame:
        """Rows of one run in one model; of attacks only those that `attacked` keeps."""
        rows = self.of_model(table, model)
        rows = rows[rows["run"] == run]
        return attacked(rows, self.context.target_policy) if table == "adversarial" else rows

    def main(self, table: str, model: str) -> pd.DataFrame:
        """Rows of the technique's main run in one model."""
        return self.of_run(table, model, self.context.main_runs[table])


def attacked(rows: pd.DataFrame, policy: str) -> pd.DataFrame:
    """Attacks towards the targets of one policy, on photographs that the model classifies rightly.

    A photograph of which it is not known whether it was attacked does not count.
    """
    chosen = rows["attacked"].eq(True) & rows["target_policy"].eq(policy)
    return rows[chosen.fillna(False).astype(bool)]


def last_snapshots(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of class visualisation at the end of their run."""
    return rows[rows["iteration"] == rows["iterations"]]


def values(rows: pd.DataFrame, measure: str) -> list[float]:
    """Values of a measure as floats, missing ones left out."""
    return [float(value) for value in rows[measure].dropna()]


def median_of(rows: pd.DataFrame, measure: str) -> Estimate:
    """Median of a measure with its interval."""
    return median(values(rows, measure))


def rate_of(rows: pd.DataFrame, flag: str) -> Estimate:
    """Share of the rows with `flag` true among those where it is known, with its interval."""
    known = values(rows, flag)
    return rate(int(sum(known)), len(known))


def by_key(rows: pd.DataFrame, key: str, measure: str) -> dict[str | int, float]:
    """Value of a measure by key (photograph or class), missing ones left out."""
    known = rows.dropna(subset=[measure])
    return {k: float(v) for k, v in zip(known[key], known[measure], strict=True)}


def shared_keys(columns: Sequence[Mapping[str | int, float]]) -> list[str | int]:
    """Keys, sorted, that every non-empty column has."""
    filled = [column.keys() for column in columns if column]
    return sorted(set.intersection(*map(set, filled)), key=str) if filled else []


def number(value: Any) -> float | None:
    """One cell of a table as a float, None where it is missing."""
    return None if pd.isna(value) else float(value)


def whole(value: Any) -> int | None:
    """One cell of a table as a whole number, None where it is missing."""
    return None if pd.isna(value) else int(value)


def flag(value: Any) -> bool | None:
    """One cell of a table as a flag, None where it is missing."""
    return None if pd.isna(value) else bool(value)
