"""What the saliency maps of each run measure in each model, over all photographs of the sample.

Every real column of the table has its median, whichever measures a configuration takes, so a new
measure is in the data of the report without a line here. Maps of a zero gradient count as well:
there the score before the final ReLU was used instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from inputgrad.report.summaries.data import Data, floats, values
from inputgrad.report.summaries.points import Points, by_image, typed
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.medians import median
from inputgrad.tables.schema import tables

CONTROLS = ("random", "edges", "centre")
"""Methods that know nothing of the network: what is no better than they are shows nothing of it."""

TABLE = "saliency"


class Box(NamedTuple):
    """A rectangle in pixels of the model's input; the ends are exclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class MapPoint:
    """The map of one photograph; `measured` has the measures that have a value."""

    image_id: str
    label: int
    measured: Mapping[str, float]
    box: Box | None


@dataclass(frozen=True, slots=True)
class SaliencyRow:
    """Medians over the photographs of one run in one model, and the photographs themselves.

    `method` is the run's, `medians` those of the table's real columns by name; `row[name]` is one.
    """

    model: str
    run: str
    method: str
    n: int
    zero_gradients: int
    medians: Mapping[str, Estimate]
    points: Points[MapPoint]

    def __getitem__(self, measure: str) -> Estimate:
        """The median of a measure; KeyError where the table has no such column."""
        return self.medians[measure]

    @property
    def is_control(self) -> bool:
        """Whether the method knows nothing of the network."""
        return self.method in CONTROLS

    def median(self, measure: str) -> Estimate:
        """The median of a measure by its name."""
        return self.medians[measure]

    def values(self, measure: str) -> dict[str, float]:
        """image_id -> value of a measure, missing ones left out."""
        return self.points.known(measure)

    def point(self, image_id: str) -> MapPoint | None:
        """The map of a photograph, or None where the model has none."""
        return self.points.of(image_id)


@cache
def measures() -> tuple[str, ...]:
    """Names of the table's real columns."""
    return tuple(c.name for c in tables()[TABLE].columns.values() if c.kind == "real")


def saliency_rows(data: Data) -> Mapping[str, tuple[SaliencyRow, ...]]:
    """Run -> the models that have rows; both in the order of the configuration."""
    return {
        run: tuple(
            _row(data, model, run, rows)
            for model in data.models
            if len(rows := data.of_run(TABLE, model, run))
        )
        for run in data.context.runs[TABLE]
    }


def _row(data: Data, model: str, run: str, rows: pd.DataFrame) -> SaliencyRow:
    rows = by_image(rows)
    measured = {measure: floats(rows[measure]) for measure in measures()}
    edges = {f"box_{edge}": typed(rows, f"box_{edge}", int) for edge in Box._fields}
    return SaliencyRow(
        model=model,
        run=run,
        method=str(data.context.settings[TABLE][run]["method"]),
        n=len(rows),
        zero_gradients=int(sum(values(rows, "zero_gradient"))),
        medians={name: median(found[~np.isnan(found)]) for name, found in measured.items()},
        points=Points(
            rows["image_id"].astype(str).tolist(),
            {"label": typed(rows, "label", int), **edges, **measured},
            _point,
        ),
    )


def _point(
    image_id: str,
    label: int,
    top: int | None,
    left: int | None,
    bottom: int | None,
    right: int | None,
    *measured: float | None,
) -> MapPoint:
    named = zip(measures(), measured, strict=True)
    return MapPoint(
        image_id=image_id,
        label=label,
        measured={name: value for name, value in named if value is not None},
        box=_box(top, left, bottom, right),
    )


def _box(top: int | None, left: int | None, bottom: int | None, right: int | None) -> Box | None:
    if top is None or left is None or bottom is None or right is None:
        return None
    return Box(top, left, bottom, right)
