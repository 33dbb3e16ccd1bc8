"""How pictures of the same classes differ between two networks, by measures, class by class.

A direction is of the classes, without a test: of four classes none could establish anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from inputgrad.report.summaries.codes import Reached, reached
from inputgrad.report.summaries.data import Data, by_key, last_snapshots, shared_keys
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate

MEASURES = ("total_variation", "high_frequency_share", "probability_resized")


class Which(StrEnum):
    """Of which network's pictures a measure is larger."""

    FIRST = "first"  # for every class
    SECOND = "second"  # for every class
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Contrast:
    """Share of the classes that both draw for which the first network's picture has the more.

    `opposite`: that for which the second's has; equal ones count in neither.
    """

    measure: str
    share: Estimate
    opposite: Estimate

    @property
    def which(self) -> Which:
        """Code for both shares."""
        if self.share.estimate == 1.0:
            return Which.FIRST
        return Which.SECOND if self.opposite.estimate == 1.0 else Which.MIXED


@dataclass(frozen=True, slots=True)
class Contrasts:
    """Of the first two networks, by each measure that both have of some class.

    `plain`: how their pictures vary by the practical work's own rule, where that is another run.
    """

    first: str
    second: str
    found: tuple[Contrast, ...]
    plain: Contrast | None = None

    @property
    def by_which(self) -> Mapping[str, tuple[Contrast, ...]]:
        """Code -> the measures with it."""
        return {str(code): tuple(c for c in self.found if c.which is code) for code in Which}

    @property
    def rougher(self) -> str | None:
        """The network whose picture varies more for every class."""
        names = {Which.FIRST: self.first, Which.SECOND: self.second}
        variation = (c.which for c in self.found if c.measure == MEASURES[0])
        return next((names[which] for which in variation if which in names), None)

    @property
    def plain_too(self) -> Estimate | None:
        """Share of the classes for which that one's picture varies more by the plain rule too."""
        if self.plain is None or self.rougher is None:
            return None
        return self.plain.share if self.rougher == self.first else self.plain.opposite

    @property
    def plain_reached(self) -> Reached:
        """How many classes that are."""
        return Reached.NOT_MEASURED if self.plain_too is None else reached(self.plain_too)


def picture_contrasts(data: Data, plain: str | None) -> Contrasts | None:
    """Of the main run's pictures at its end; None where fewer than two networks have any.

    plain: the run of the practical work's own rule, where that is another one.
    """
    drawn = {m: last_snapshots(data.main("class_visualization", m)) for m in data.models}
    models = [model for model, rows in drawn.items() if len(rows)][:2]
    if len(models) < 2:
        return None
    first, second = models
    found = (_contrast(drawn[first], drawn[second], measure) for measure in MEASURES)
    return Contrasts(
        first, second, tuple(one for one in found if one is not None), _plain(data, plain, models)
    )


def _contrast(first: pd.DataFrame, second: pd.DataFrame, measure: str) -> Contrast | None:
    """Of the classes that both have drawn and measured; None without any."""
    a, b = (by_key(rows, "class_index", measure) for rows in (first, second))
    classes = shared_keys([a, b]) if a and b else []
    if not classes:
        return None
    more, less = sum(a[c] > b[c] for c in classes), sum(a[c] < b[c] for c in classes)
    return Contrast(measure, rate(more, len(classes)), rate(less, len(classes)))


def _plain(data: Data, run: str | None, models: Sequence[str]) -> Contrast | None:
    """How they vary by that run at its end; None where there is none, or not of both models."""
    if run is None:
        return None
    first, second = (
        last_snapshots(data.of_run("class_visualization", model, run)) for model in models
    )
    return _contrast(first, second, MEASURES[0])
