"""Localisation: whether a map finds the object, where somebody has drawn a box around it.

    IoU = |B and B*| / |B or B*|,  B the map's box (see `box`), B* that of the object it fits best

weakly supervised detection as the challenge counts it: found from an IoU of 0.5 on (Simonyan,
Vedaldi, Zisserman 2014, section 3.2); and the *pointing game* (Zhang et al. 2018, section 4.2):
whether the map's largest value lies within `tolerance` pixels of a box. Objects fill much of most
photographs and lie near the middle, so either number means little without that of the map
`centre`, and without the *difficult* photographs, in which the boxes take at most a quarter.

Deviations: Simonyan et al. colour the image by the map's 95 % and 30 % quantiles and grow the
region by GraphCut; here the region is what lies above `quantile`. Zhang et al. also ask for other
objects in a difficult photograph, of which these boxes know nothing. What the crop to the network's
input cuts away of a box is not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.geometry import Box, covered_share, distance, overlap
from inputgrad.images.maps import Map
from inputgrad.images.ranking import ranks
from inputgrad.saliency.salient_box import salient_box
from inputgrad.tables.columns import Column

TAKES_BOXES = True
FOUND = 0.5  # IoU from which on an object counts as found (Russakovsky et al. 2015, section 4.2)
DIFFICULT = 0.25  # most of the image that the boxes of a difficult photograph take

COLUMNS = (
    Column(
        name="objects",
        kind="whole",
        unit="boxes",
        low=0,
        meaning="Objects of the label's class that somebody has drawn a box around, in the crop; "
        "where there is none the other columns are null.",
    ),
    Column(
        name="objects_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the image that those boxes take.",
    ),
    Column(
        name="difficult",
        kind="flag",
        meaning=f"The boxes take at most {DIFFICULT:.0%} of the image.",
    ),
    Column(
        name="iou",
        kind="real",
        unit="share",
        low=0,
        high=1,
        better="higher",
        meaning="Intersection over union of the map's box with that object's which it fits best.",
    ),
    Column(
        name="localised",
        kind="flag",
        better="higher",
        meaning=f"That is at least {FOUND}.",
    ),
    Column(
        name="pointing_hit",
        kind="flag",
        better="higher",
        meaning="The map's largest absolute value lies in a box or near it.",
    ),
)


class Parameters(Settings):
    """The map's box, and what is near."""

    quantile: float = Field(
        0.95, gt=0, lt=1, description="Quantile of the smoothed map from which on pixels count."
    )
    tolerance: float = Field(
        15, ge=0, le=500, description="Pixels from a box within which a point still hits it."
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each map; null where there is no box, or the map is zero everywhere."""
    for outcome in outcomes:
        yield [Record(_row(outcome, parameters, seed=tools.seed))]


def _row(outcome: Outcome, parameters: Parameters, *, seed: int) -> dict[str, Any]:
    magnitude, boxes = np.abs(outcome.arrays["map"]), outcome.boxes
    row: dict[str, Any] = {column.name: None for column in COLUMNS} | {"objects": len(boxes)}
    if not boxes:
        return row
    share = covered_share(boxes, len(magnitude))
    row |= {"objects_share": share, "difficult": share <= DIFFICULT}
    if not magnitude.any():
        return row
    iou = best_overlap(magnitude, boxes, quantile=parameters.quantile)
    order = ranks(magnitude, seed=seed, image_id=outcome.item.image.image_id)
    at, column = (int(i) for i in np.unravel_index(int(order.argmin()), order.shape))
    near = min(distance(box, at, column) for box in boxes) <= parameters.tolerance
    return row | {"iou": iou, "localised": iou >= FOUND, "pointing_hit": near}


def best_overlap(saliency: Map, boxes: Sequence[Box], *, quantile: float) -> float:
    """Largest IoU, 0..1, of the box of a map (H, W) that is not zero with one of `boxes`."""
    found = salient_box(saliency, quantile=quantile)
    assert found is not None, "a map that is not zero has a box"
    top, left, bottom, right = found
    return max(overlap((left, top, right, bottom), box) for box in boxes)
