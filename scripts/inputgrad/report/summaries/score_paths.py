"""How an attack turns a prediction: the scores of label, target and best other class on its way.

Of what the target gains on the label from start to end, a part is its own rise and the rest the
label's fall:

    (S_target(end) - S_target(start)) / ((S_target - S_label)(end) - (S_target - S_label)(start))

over the attacks that succeed; above 1 the label's score rises as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inputgrad.report.summaries.codes import Trend
from inputgrad.report.summaries.data import Data, floats
from inputgrad.report.summaries.points import spans
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.statistics.rates import rate

TABLE = "attack_scores"
SCORES = ("score_label", "score_target", "score_rival")

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScorePath:
    """The scores of one attack after so many iterations, NaN where one is not known."""

    iterations: Values
    label: Values
    target: Values
    rival: Values


@dataclass(frozen=True, slots=True, eq=False)
class ScorePaths:
    """All attacks of the main run on one model, and the median part that is the target's rise.

    `label_rises`: share of the successful attacks at whose end the label's score is higher.
    `starts`: image_id -> its rows in `columns`, those of all attacks one after another.
    """

    model: str
    risen: Estimate
    label_rises: Estimate
    starts: Mapping[str, slice]
    columns: tuple[Values, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScorePaths) and (
            (self.model, self.risen, self.starts) == (other.model, other.risen, other.starts)
            and all(
                np.array_equal(own, another, equal_nan=True)
                for own, another in zip(self.columns, other.columns, strict=True)
            )
        )

    def __hash__(self) -> int:
        return hash((self.model, self.risen))

    @property
    def label(self) -> Trend:
        """Where the label's score goes: it rises where the target's rises by more than the gain."""
        if self.risen.estimate is None:
            return Trend.NOT_MEASURED
        return Trend.FALLS if self.risen.estimate < 1.0 else Trend.RISES

    def of(self, image_id: str) -> ScorePath | None:
        """The attack on one photograph; None where its scores were not written down."""
        if image_id not in self.starts:
            return None
        return ScorePath(*(column[self.starts[image_id]] for column in self.columns))


def score_paths(data: Data) -> tuple[ScorePaths, ...]:
    """Of every model whose scores were written down."""
    if TABLE not in data.tables:
        return ()
    found = (_of_model(data, model) for model in data.models)
    return tuple(paths for paths in found if paths.starts)


def _of_model(data: Data, model: str) -> ScorePaths:
    run, policy = data.context.main_runs["adversarial"], data.context.target_policy
    rows = data.of_run(TABLE, model, run)
    rows = rows[rows["target_policy"] == policy].sort_values(["image_id", "iteration"])
    columns = tuple(floats(rows[name]) for name in ("iteration", *SCORES))
    places = spans(rows)
    attacks = data.of_run("adversarial", model, run)
    fooled = attacks.loc[attacks["success"].eq(True).fillna(False).astype(bool), "image_id"]
    known = [places[image] for image in map(str, fooled) if image in places]
    first = np.array([own.start for own in known], np.intp)
    last = np.array([own.stop - 1 for own in known], np.intp)
    risen = _risen(columns, first, last)
    rises = columns[1][last] > columns[1][first]
    label_rises = rate(int(rises.sum()), len(rises))
    return ScorePaths(model, median(risen[~np.isnan(risen)]), label_rises, places, columns)


def _risen(columns: tuple[Values, ...], first: NDArray[np.intp], last: NDArray[np.intp]) -> Values:
    """Part of the target's gain that is its rise, NaN where it gained nothing."""
    _, label, target, _ = columns
    rise, fall = target[last] - target[first], label[first] - label[last]
    found: Values = np.full(len(first), np.nan)
    np.divide(rise, rise + fall, out=found, where=rise + fall > 0.0)
    return found
