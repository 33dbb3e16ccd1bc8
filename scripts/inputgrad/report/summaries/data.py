"""Views of the statistics tables: which rows a question looks at.

A view keeps the rows of one run; each statistic leaves out the rows in which its measure is
missing. Models are compared on the photographs (or classes) for which every model that has a value
at all has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.report.summaries.context import Context
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate
from inputgrad.tables.schema import tables as table_schemas

Places = Mapping[Any, NDArray[np.intp]]  # value of a column -> places of its rows, in their order
T = TypeVar("T")
NEARLY_ONE = float(np.nextafter(1.0, 0.0))


@dataclass(frozen=True)
class Data:
    """All tables with their context; views that several questions ask for are made once."""

    tables: Mapping[str, pd.DataFrame]
    context: Context
    _made: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, in the order of the configuration."""
        return self.context.model_names

    def of_model(self, table: str, model: str) -> pd.DataFrame:
        """All rows of one model but those of photographs that it could not read."""
        return self.once(("model", table, model), lambda: self._of_model(table, model))

    def of_run(self, table: str, model: str, run: str) -> pd.DataFrame:
        """Rows of one run in one model; of attacks only those that `attacked` keeps."""
        return self.once(("run", table, model, run), lambda: self._of_run(table, model, run))

    def once(self, name: object, make: Callable[[], T]) -> T:
        """What `make` returns, made the first time that this name is asked for."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    def _of_model(self, table: str, model: str) -> pd.DataFrame:
        rows = self.tables[table]
        models = self.once(("models", table), lambda: places(rows["model"]))
        found = rows.take(models.get(model, np.empty(0, np.intp)))
        return found[found["error"].isna()] if "error" in found else found

    def _of_run(self, table: str, model: str, run: str) -> pd.DataFrame:
        ordered, slices = self.once(("ordered", table), lambda: _ordered(self.tables[table]))
        rows = ordered.iloc[slices.get((model, run), slice(0))]
        return attacked(rows, self.context.target_policy) if table == "adversarial" else rows

    def main(self, table: str, model: str) -> pd.DataFrame:
        """Rows of the technique's main run in one model."""
        return self.of_run(table, model, self.context.main_runs[table])


def below_certainty(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with probabilities that rounding made 1 just below it: no softmax reaches 1."""
    schema, found = table_schemas(), {}
    for name, rows in tables.items():
        columns = schema[name].columns.values()
        ones = {
            c.name: rows[c.name].eq(1.0).fillna(False)
            for c in columns
            if c.unit == "probability" and c.name in rows
        }
        changed = {c: rows[c].mask(one, NEARLY_ONE) for c, one in ones.items() if one.any()}
        found[name] = rows.assign(**changed) if changed else rows
    return found


def _ordered(rows: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[tuple[Any, Any], slice]]:
    """A table with the rows of each run together, else in their order: (model, run) -> where.

    A large table is copied once, and its runs are parts of that copy.
    """
    (models, model_names), (runs, run_names) = (pd.factorize(rows[k]) for k in ("model", "run"))
    number = models * max(1, len(run_names)) + runs
    found = places(pd.Series(np.where((models < 0) | (runs < 0), -1, number)).replace(-1, np.nan))
    ordered = rows.take(np.concatenate([np.empty(0, np.intp), *found.values()]))
    ends = np.cumsum([len(own) for own in found.values()]).tolist()
    names = [divmod(int(code), max(1, len(run_names))) for code in found]
    return ordered, {
        (model_names[model], run_names[run]): slice(end - len(own), end)
        for (model, run), own, end in zip(names, found.values(), ends, strict=True)
    }


def attacked(rows: pd.DataFrame, policy: str) -> pd.DataFrame:
    """Attacks towards the targets of one policy, on photographs that the model classifies rightly.

    A photograph of which it is not known whether it was attacked does not count.
    """
    chosen = rows["attacked"].eq(True) & rows["target_policy"].eq(policy)
    return rows[chosen.fillna(False).astype(bool)]


def last_snapshots(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of class visualisation at the end of their run."""
    return rows[rows["iteration"] == rows["iterations"]]


def places(column: pd.Series[Any]) -> Places:
    """Where in a column each of its values is; missing ones are nowhere."""
    codes, found = pd.factorize(column)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(found) + 1))
    return {
        value: order[start:end]
        for value, start, end in zip(found, ends[:-1], ends[1:], strict=True)
    }


def floats(column: pd.Series[Any]) -> NDArray[np.float64]:
    """A column of numbers or flags as floats, NaN where a value is missing."""
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def values(rows: pd.DataFrame, measure: str) -> list[float]:
    """Values of a measure as floats, missing ones left out."""
    found = floats(rows[measure])
    known: list[float] = found[~np.isnan(found)].tolist()
    return known


def median_of(rows: pd.DataFrame, measure: str) -> Estimate:
    """Median of a measure with its interval."""
    return median(values(rows, measure))


def rate_of(rows: pd.DataFrame, flag: str) -> Estimate:
    """Share of the rows with `flag` true among those where it is known, with its interval."""
    known = values(rows, flag)
    return rate(int(sum(known)), len(known))


def by_key(rows: pd.DataFrame, key: str, measure: str) -> dict[str | int, float]:
    """Value of a measure by key (photograph or class), missing ones left out."""
    found = floats(rows[measure])
    known = ~np.isnan(found)
    keys = rows[key].to_numpy(dtype=object)[known]
    return dict(zip(keys.tolist(), found[known].tolist(), strict=True))


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
