"""How pictures of the same classes differ between two networks, by measures, class by class.

A direction is of the classes, without a test: of four classes none could establish anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    """Of the first two networks, by each measure that both have of some class."""

    first: str
    second: str
    found: tuple[Contrast, ...]

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


def picture_contrasts(data: Data) -> Contrasts | None:
    """Of the main run's pictures at its end; None where fewer than two networks have any."""
    drawn = {m: last_snapshots(data.main("class_visualization", m)) for m in data.models}
    models = [model for model, rows in drawn.items() if len(rows)][:2]
    if len(models) < 2:
        return None
    found = []
    for measure in MEASURES:
        a, b = (by_key(drawn[model], "class_index", measure) for model in models)
        classes = shared_keys([a, b]) if a and b else []
        if classes:
            more, less = sum(a[c] > b[c] for c in classes), sum(a[c] < b[c] for c in classes)
            shares = (rate(count, len(classes)) for count in (more, less))
            found.append(Contrast(measure, *shares))
    return Contrasts(models[0], models[1], tuple(found))
