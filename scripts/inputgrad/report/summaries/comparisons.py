"""All primary comparisons, Holm-adjusted within the families that `statistics.families` declares.

Between models: every pair, on the photographs or classes that all models share; of saliency on the
photographs that all name rightly. Within a model: one rank correlation per photograph measure and
attack measure.

Iterations cannot be compared between models of different input sizes: a step of length eta in L2
changes each value of a larger input less. In their place is the length of the way,

    path_rms_255 = iterations * eta * 255 / sqrt(n),  n the number of values of the input

in grey levels; 255 / sqrt(n) is `rms_255` over `l2` of any row. Missing where an attack has no step
of one length in [0, 1] units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from inputgrad.report.summaries.codes import Comparing, Differences
from inputgrad.report.summaries.data import Data, by_key, last_snapshots, shared_keys
from inputgrad.statistics.correlation import spearman
from inputgrad.statistics.estimates import Comparison, Verdict
from inputgrad.statistics.families import PRIMARY_MEASURES, holm, practically_equal
from inputgrad.statistics.paired import paired, paired_rates

CORRELATED = {  # measure of the family `robustness` -> the two columns that it correlates
    "iterations_predicted": (
        ("adversarial", "predicted_iterations"),
        ("adversarial", "iterations"),
    ),
    "gini_iterations": (("saliency", "gini"), ("adversarial", "iterations")),
    "confidence_iterations": (
        ("adversarial", "confidence_label_before"),
        ("adversarial", "iterations"),
    ),
}
SATURATED_FROM = {"probability": 0.99}  # measure -> from where values differ in nothing we see
FLAGS = ("success_png",)  # compared as rates
PATH = "path_rms_255"
GRID = 2.0**20  # ways are whole numbers of 1 / GRID levels: equal differences cancel exactly

Column = Mapping[str | int, float]


@dataclass(frozen=True, slots=True)
class PrimaryComparison:
    """The first model against the second, or, without a second, a relation within the first.

    saturated: all values of both are at the top of the measure's scale, so that it tells nothing.
    """

    family: str
    measure: str
    first: str
    second: str | None
    result: Comparison
    saturated: bool = False

    @property
    def practically_equal(self) -> bool:
        """Whether two models differ by less than the measure's margin, whatever the test says."""
        return self.second is not None and practically_equal(self.measure, self.result)

    @property
    def kind(self) -> Comparing:
        """Whether two models are compared, or two measures within one."""
        return Comparing.WITHIN_MODEL if self.second is None else Comparing.BETWEEN_MODELS


@dataclass(frozen=True, slots=True)
class Tally:
    """How many comparisons show something after the family's adjustment."""

    total: int
    seen: int
    none_seen: int
    too_few: int

    @property
    def differences(self) -> Differences:
        """What the comparisons taken together show: one that shows something is enough."""
        if not self.total:
            return Differences.NOT_COMPARED
        if self.seen:
            return Differences.SEEN
        return Differences.NONE_SEEN if self.none_seen else Differences.TOO_FEW


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The comparisons of all families, in the order in which these are declared."""

    rows: tuple[PrimaryComparison, ...]

    def of(self, family: str, measure: str | None = None) -> tuple[PrimaryComparison, ...]:
        """Comparisons of one family, or of one of its measures."""
        return tuple(
            row for row in self.rows if row.family == family and measure in (None, row.measure)
        )

    def tally(self, family: str) -> Tally:
        """What the comparisons of one family show, counted."""
        verdicts = [row.result.verdict for row in self.of(family)]
        return Tally(
            total=len(verdicts),
            seen=verdicts.count(Verdict.HIGHER) + verdicts.count(Verdict.LOWER),
            none_seen=verdicts.count(Verdict.NO_DIFFERENCE),
            too_few=verdicts.count(Verdict.TOO_FEW),
        )


def compare_all(data: Data) -> Comparisons:
    """Every primary comparison that the tables allow, adjusted family by family."""
    rows: list[PrimaryComparison] = []
    for family in PRIMARY_MEASURES:
        raw = list(within_models(data) if family == "robustness" else between_models(data, family))
        adjusted = holm({str(i): row.result for i, row in enumerate(raw)})
        rows += [
            replace(row, result=result) for row, result in zip(raw, adjusted.values(), strict=True)
        ]
    return Comparisons(tuple(rows))


def between_models(data: Data, family: str) -> Iterator[PrimaryComparison]:
    """Every pair of models in every primary measure of a family, not yet adjusted."""
    for measure in PRIMARY_MEASURES[family]:
        columns = {
            model: _column(data, family, measure, model, right=True) for model in data.models
        }
        keys = shared_keys(list(columns.values()))
        found = {m: np.array([own[key] for key in keys]) for m, own in columns.items() if own}
        compare = paired_rates if measure in FLAGS else paired
        top = SATURATED_FROM.get(measure)
        for first, second in combinations(found, 2):
            a, b = found[first], found[second]
            saturated = top is not None and bool(keys) and bool(min(a.min(), b.min()) >= top)
            yield PrimaryComparison(family, measure, first, second, compare(a, b), saturated)


def within_models(data: Data) -> Iterator[PrimaryComparison]:
    """Every declared rank correlation in every model, not yet adjusted."""
    for measure in PRIMARY_MEASURES["robustness"]:
        for model in data.models:
            x, y = (_column(data, table, name, model) for table, name in CORRELATED[measure])
            yield PrimaryComparison("robustness", measure, model, None, correlate(x, y))


def correlate(x: Column, y: Column) -> Comparison:
    """Spearman's rank correlation of two columns over their common keys."""
    keys = [key for key in x if key in y]
    return spearman([x[key] for key in keys], [y[key] for key in keys])


def _column(data: Data, table: str, measure: str, model: str, *, right: bool = False) -> Column:
    """A measure of the main run by photograph, or at the end of the run by class.

    right: of saliency, only of photographs that the model names rightly, so that two networks are
    compared on maps that both explain a right answer.
    """
    rows = data.main(table, model)
    if measure == PATH:
        return _paths(rows)
    if table == "saliency" and right:
        rows = rows[rows["prediction"] == rows["label"]]
    if table == "class_visualization":
        return by_key(last_snapshots(rows), "class_index", measure)
    return by_key(rows, "image_id", measure)


def _paths(rows: pd.DataFrame) -> Column:
    """Length of the way of each attack; empty without steps of one length in [0, 1] units."""
    sizes = rows[rows["l2"].gt(0) & rows["rms_255"].notna()]
    if sizes.empty or rows["space"].eq("normalized").any():
        return {}
    factor = float((sizes["rms_255"] / sizes["l2"]).median())
    paths = (rows["iterations"] * rows["eta"] * factor * GRID).round() / GRID
    return by_key(rows.assign(**{PATH: paths}), "image_id", PATH)
