"""How the measures of saliency methods rank the methods, and how far they agree: Kendall's W.

Methods are ranked by their median over the photographs; controls, which must come last, are left
out, since they would make any measures agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import numpy as np
from scipy import stats

from inputgrad.report.summaries.controls import Runs
from inputgrad.report.summaries.points import images
from inputgrad.report.summaries.saliency import TABLE, SaliencyRow
from inputgrad.statistics.concordance import FEWEST_JUDGES, FEWEST_OBJECTS, Values, concordance
from inputgrad.statistics.estimates import Estimate, State
from inputgrad.tables.schema import tables

RANKED = (  # in the order in which they are kept where not all methods have all of them
    "single_deletion",
    "road",
    "insertion",
    "deletion",
    "grid_pointing",
    "stability_spearman",
    "class_sensitivity",
)
ALIKE_FROM = 0.7  # W from which on measures are said to agree
APART_BELOW = 0.5  # and below which they are said not to


class Agreement(StrEnum):
    """What the interval of W says."""

    ALIKE = "alike"
    APART = "apart"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class RankedRun:
    """A run and its ranks, 1 for the best, by measure."""

    run: str
    ranks: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MeasureAgreement:
    """The rankings in one model, and how far they agree."""

    model: str
    measures: tuple[str, ...]
    ranked: tuple[RankedRun, ...]
    w: Estimate

    @property
    def by_chance(self) -> float:
        """W that rankings at random have on average."""
        return 1 / len(self.measures)

    @property
    def agreement(self) -> Agreement:
        """What the interval says."""
        if self.w.low is not None and self.w.low >= ALIKE_FROM:
            return Agreement.ALIKE
        high = self.w.high
        return Agreement.APART if high is not None and high < APART_BELOW else Agreement.UNCLEAR


def measure_agreement(runs: Runs, model: str) -> MeasureAgreement | None:
    """The measures that enough methods of a model share; None where there are too few of either."""
    rows = [r for found in runs.values() for r in found if r.model == model and not r.is_control]
    chosen, measures = _shared(rows)
    if len(measures) < FEWEST_JUDGES:
        return None
    w = concordance(_values(chosen, measures))
    if w.state != State.MEASURED:
        return None
    ranks = {measure: _ranks(chosen, measure) for measure in measures}
    ranked = tuple(
        RankedRun(row.run, {measure: ranks[measure][i] for measure in measures})
        for i, row in enumerate(chosen)
    )
    return MeasureAgreement(model, measures, ranked, w)


def _shared(rows: Sequence[SaliencyRow]) -> tuple[list[SaliencyRow], tuple[str, ...]]:
    """Runs that have all of the measures kept: one that would leave too few is left out."""
    chosen, measures = [*rows], list[str]()
    for measure in RANKED:
        left = [row for row in chosen if row[measure].state == State.MEASURED]
        if len(left) >= FEWEST_OBJECTS:
            chosen, measures = left, [*measures, measure]
    return chosen, tuple(measures)


def _sign(measure: str) -> int:
    return -1 if tables()[TABLE].columns[measure].better == "lower" else 1


def _values(rows: Sequence[SaliencyRow], measures: Sequence[str]) -> Values:
    """Values (runs, measures, photographs), larger being better, NaN where there is none."""
    ids = sorted(images(rows))
    found = np.full((len(rows), len(measures), len(ids)), np.nan)
    for (a, row), (b, measure) in product(enumerate(rows), enumerate(measures)):
        known, sign = row.values(measure), _sign(measure)
        found[a, b] = [sign * known.get(i, np.nan) for i in ids]
    return found


def _ranks(rows: Sequence[SaliencyRow], measure: str) -> list[float]:
    medians = [-_sign(measure) * float(row[measure].estimate or 0.0) for row in rows]
    return [float(rank) for rank in stats.rankdata(medians)]
