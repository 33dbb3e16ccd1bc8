"""Views of the statistics tables: which rows a question looks at.

A view keeps the rows of one run; a missing measure is left out by whoever counts it. Models are
compared on the photographs (or classes) for which every model that has a value at all has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inputgrad.report.summaries.context import Context
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate

COMPARED_TARGETS = "random"  # the one target policy that does not depend on the model


@dataclass(frozen=True)
class Data:
    """All tables with their context."""

    tables: Mapping[str, pd.DataFrame]
    context: Context

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the configuration."""
        return self.context.model_names

    def of_model(self, family: str, model: str) -> pd.DataFrame:
        """All rows of one model."""
        table = self.tables[family]
        return table[table["model"] == model]

    def main(self, family: str, model: str) -> pd.DataFrame:
        """Rows of one model in the family's main run; attacks: random targets, attacked alone."""
        rows = self.of_model(family, model)
        rows = rows[rows["run"] == self.context.main_runs[family]]
        return attacked(rows) if family == "adversarial" else rows


def attacked(rows: pd.DataFrame) -> pd.DataFrame:
    """Attacks towards random targets on photographs that the model classifies correctly."""
    chosen = rows["attacked"].eq(True) & rows["target_policy"].eq(COMPARED_TARGETS)
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
