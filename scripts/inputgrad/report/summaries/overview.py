"""What was looked at: photographs used, files not used, and how the models name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Doubt, SampleKind, doubt
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.data import Data, median_of, rate_of
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.self_check import SelfCheck, self_checks

MOST_LISTED = 20
BUNDLED, SHIPPED = "bundled", 20  # the source's name, and how many photographs foolbox ships


@dataclass(frozen=True, slots=True)
class Unused:
    """A file that was not used, the kind of its source, and why."""

    file: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class ModelRow:
    """How one model names the photographs; no check without photographs."""

    facts: ModelFacts
    n: int
    accuracy: Estimate
    confidence: Estimate  # in the label, over all photographs
    check: SelfCheck | None

    @property
    def correct(self) -> int:
        """Photographs whose label has the highest score."""
        return self.accuracy.count

    @property
    def doubt(self) -> Doubt:
        """What its predictions give reason to doubt."""
        return doubt(self.check)


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

    @property
    def listed(self) -> tuple[Unused, ...]:
        """The unused files that the page lists: not too many of them."""
        return self.unused[:MOST_LISTED]

    @property
    def promising(self) -> tuple[ModelRow, ...]:
        """Models whose weights are published with an accuracy."""
        return tuple(row for row in self.models if row.facts.promised is not None)

    @property
    def doubtful(self) -> tuple[ModelRow, ...]:
        """Models whose predictions give reason to doubt labels, head or weights."""
        return tuple(row for row in self.models if row.doubt is not Doubt.NONE)


def overview(data: Data) -> Overview:
    """The sample and the models, in the order of the configuration."""
    photographs = data.tables["photographs"]
    fine = photographs["error"].isna()
    checks = _checks(data)
    models = {
        facts.name: _model_row(data, facts, checks.get(facts.name)) for facts in data.context.models
    }
    return Overview(
        used=int(fine.sum()),
        classes=int(photographs[fine]["label"].nunique()),
        sample=_kind(data.context.sources, int(fine.sum())),
        unused=tuple(
            Unused(str(row["file"]), str(row["source"]), str(row["reason"]))
            for row in data.tables["refused"].to_dict("records")
        ),
        models=tuple(models.values()),
        squashings=tuple(
            Squashing(models[squashed], models[cropped])
            for squashed, cropped in data.context.squashed.items()
        ),
    )


def _model_row(data: Data, facts: ModelFacts, check: SelfCheck | None) -> ModelRow:
    rows = data.of_model("predictions", facts.name)
    accuracy, confidence = rate_of(rows, "correct"), median_of(rows, "confidence_label")
    return ModelRow(facts, len(rows), accuracy, confidence, check)


def _checks(data: Data) -> dict[str, SelfCheck]:
    """By model, over the photographs that it has a prediction for."""
    pairs: dict[str, list[tuple[int, int]]] = {}
    for model in data.models:
        rows = data.of_model("predictions", model).dropna(subset=["prediction"])
        pairs[model] = [
            (int(label), int(prediction))
            for label, prediction in zip(rows["label"], rows["prediction"], strict=True)
        ]
    return self_checks(pairs, promised={f.name: f.promised for f in data.context.models})


def _kind(sources: Sequence[str], used: int) -> SampleKind:
    if not used:
        return SampleKind.NONE
    if BUNDLED not in sources:
        return SampleKind.OTHERS
    if set(sources) != {BUNDLED}:
        return SampleKind.BUNDLED_AND_OTHERS
    return SampleKind.ALL_BUNDLED if used == SHIPPED else SampleKind.SOME_BUNDLED
