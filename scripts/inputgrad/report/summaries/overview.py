"""What was looked at: photographs used and not used, and how the models name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inputgrad.report.summaries.codes import SampleKind
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.data import Data, median_of, rate_of
from inputgrad.statistics.estimates import Estimate

BUNDLED, SHIPPED = "bundled", 20  # the source's name, and how many photographs foolbox ships


@dataclass(frozen=True, slots=True)
class Unused:
    """A photograph that could not be used, and why."""

    file: str
    source: str
    error: str


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
class Squashing:
    """One network on whole photographs squashed to a square, and on the middle cut out of them."""

    squashed: ModelRow
    cropped: ModelRow


@dataclass(frozen=True, slots=True)
class Overview:
    """The sample and the models; `used` photographs of `classes` classes were looked at.

    `squashings` are the networks that were run both ways.
    """

    used: int
    classes: int
    sample: SampleKind
    unused: tuple[Unused, ...]
    models: tuple[ModelRow, ...]
    squashings: tuple[Squashing, ...]


def overview(data: Data) -> Overview:
    """The sample and the models, in the order of the configuration."""
    photographs = data.tables["photographs"]
    fine = photographs["error"].isna()
    models = {facts.name: _model_row(data, facts) for facts in data.context.models}
    return Overview(
        used=int(fine.sum()),
        classes=int(photographs[fine]["label"].nunique()),
        sample=_kind(data.context.sources, int(fine.sum())),
        unused=tuple(
            Unused(str(row["file"]), str(row["source"]), str(row["error"]))
            for row in photographs[~fine].to_dict("records")
        ),
        models=tuple(models.values()),
        squashings=tuple(
            Squashing(models[squashed], models[cropped])
            for squashed, cropped in data.context.squashed.items()
        ),
    )


def _model_row(data: Data, facts: ModelFacts) -> ModelRow:
    rows = data.of_model("predictions", facts.name)
    return ModelRow(facts, len(rows), rate_of(rows, "correct"), median_of(rows, "confidence_label"))


def _kind(sources: Sequence[str], used: int) -> SampleKind:
    if BUNDLED not in sources:
        return SampleKind.OTHERS
    if set(sources) != {BUNDLED}:
        return SampleKind.BUNDLED_AND_OTHERS
    return SampleKind.ALL_BUNDLED if used == SHIPPED else SampleKind.SOME_BUNDLED
