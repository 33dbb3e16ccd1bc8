"""What was looked at: photographs used, files not used, and how the models name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inputgrad.report.summaries.codes import SampleKind
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.data import Data, median_of, rate_of
from inputgrad.statistics.estimates import Estimate

MOST_LISTED = 20
BUNDLED, SHIPPED = "bundled", 20  # the source's name, and how many photographs foolbox ships


@dataclass(frozen=True, slots=True)
class Unused:
    """A file that was not used, and why; `source` is None where its kind is not known."""

    file: str
    source: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """How one model names the photographs."""

    facts: ModelFacts
    n: int
    accuracy: Estimate
    confidence: Estimate  # in the label, over all photographs

    @property
    def correct(self) -> int:
        """Photographs whose label has the highest score."""
        return self.accuracy.count


@dataclass(frozen=True, slots=True)
class Overview:
    """The sample and the models; `used` photographs of `classes` classes were looked at."""

    used: int
    classes: int
    sample: SampleKind
    unused: tuple[Unused, ...]
    models: tuple[ModelRow, ...]

    @property
    def listed(self) -> tuple[Unused, ...]:
        """The unused files that the page lists: not too many of them."""
        return self.unused[:MOST_LISTED]


def overview(data: Data) -> Overview:
    """The sample and the models, in the order of the configuration."""
    photographs = data.tables["photographs"]
    fine = photographs["error"].isna()
    return Overview(
        used=int(fine.sum()),
        classes=int(photographs[fine]["label"].nunique()),
        sample=_kind(data.context.sources, int(fine.sum())),
        unused=tuple(_unused(row) for row in data.tables["refused"].to_dict("records")),
        models=tuple(_model_row(data, facts) for facts in data.context.models),
    )


def _unused(row: Mapping[Any, Any]) -> Unused:
    source = None if pd.isna(row["source"]) else str(row["source"])
    return Unused(str(row["file"]), source, str(row["reason"]))


def _model_row(data: Data, facts: ModelFacts) -> ModelRow:
    rows = data.of_model("predictions", facts.name)
    return ModelRow(facts, len(rows), rate_of(rows, "correct"), median_of(rows, "confidence_label"))


def _kind(sources: Sequence[str], used: int) -> SampleKind:
    if not used:
        return SampleKind.NONE
    if BUNDLED not in sources:
        return SampleKind.OTHERS
    if set(sources) != {BUNDLED}:
        return SampleKind.BUNDLED_AND_OTHERS
    return SampleKind.ALL_BUNDLED if used == SHIPPED else SampleKind.SOME_BUNDLED
