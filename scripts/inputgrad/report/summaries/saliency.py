"""What the saliency maps of each run measure in each model, over all photographs of the sample.

Maps of a zero gradient count as well: there the score before the final ReLU was used instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from inputgrad.report.summaries.data import Data, median_of, number, values, whole
from inputgrad.statistics.estimates import Estimate


class Box(NamedTuple):
    """A rectangle in pixels of the model's input; the ends are exclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class MapPoint:
    """The map of one photograph; None where a measure has no value."""

    image_id: str
    label: int
    half_mass_share: float | None
    gini: float | None
    stability_spearman: float | None
    class_sensitivity: float | None
    box_share: float | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class SaliencyRow:
    """Medians over the photographs of one run in one model, and the photographs themselves."""

    model: str
    run: str
    n: int
    zero_gradients: int
    half_mass_share: Estimate
    gini: Estimate
    stability_spearman: Estimate
    class_sensitivity: Estimate
    box_share: Estimate
    gradient_l2: Estimate
    points: tuple[MapPoint, ...]

    def median(self, measure: str) -> Estimate:
        """The median of a measure by its name."""
        estimate: Estimate = getattr(self, measure)
        return estimate

    def values(self, measure: str) -> dict[str, float]:
        """image_id -> value of a measure, missing ones left out."""
        found = ((point.image_id, getattr(point, measure)) for point in self.points)
        return {image_id: value for image_id, value in found if value is not None}

    def point(self, image_id: str) -> MapPoint | None:
        """The map of a photograph, or None where the model has none."""
        return next((point for point in self.points if point.image_id == image_id), None)


def saliency_rows(data: Data) -> Mapping[str, tuple[SaliencyRow, ...]]:
    """Run -> the models that have rows; both in the order of the configuration."""
    return {
        run: tuple(
            _row(model, run, rows)
            for model in data.models
            if len(rows := data.of_run("saliency", model, run))
        )
        for run in data.context.runs["saliency"]
    }


def _row(model: str, run: str, rows: pd.DataFrame) -> SaliencyRow:
    return SaliencyRow(
        model=model,
        run=run,
        n=len(rows),
        zero_gradients=int(sum(values(rows, "zero_gradient"))),
        half_mass_share=median_of(rows, "half_mass_share"),
        gini=median_of(rows, "gini"),
        stability_spearman=median_of(rows, "stability_spearman"),
        class_sensitivity=median_of(rows, "class_sensitivity"),
        box_share=median_of(rows, "box_share"),
        gradient_l2=median_of(rows, "gradient_l2"),
        points=tuple(_point(row) for row in rows.sort_values("image_id").to_dict("records")),
    )


def _point(row: Mapping[Any, Any]) -> MapPoint:
    return MapPoint(
        image_id=str(row["image_id"]),
        label=int(row["label"]),
        half_mass_share=number(row["half_mass_share"]),
        gini=number(row["gini"]),
        stability_spearman=number(row["stability_spearman"]),
        class_sensitivity=number(row["class_sensitivity"]),
        box_share=number(row["box_share"]),
        box=_box(*(whole(row[f"box_{edge}"]) for edge in Box._fields)),
    )


def _box(top: int | None, left: int | None, bottom: int | None, right: int | None) -> Box | None:
    if top is None or left is None or bottom is None or right is None:
        return None
    return Box(top, left, bottom, right)
