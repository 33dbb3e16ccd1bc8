"""Box: where a map puts the object, as the rectangle around its largest salient region.

The absolute values |M| are smoothed (Gaussian, sigma = side / 64), the pixels from their
`quantile` on are kept, and the connected region with the largest sum gives the box. Deviation:
Simonyan, Vedaldi, Zisserman 2014, section 3.2, grow the region by GraphCut from the pixels above
the 95 % quantile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.saliency.salient_box import salient_box
from inputgrad.tables.columns import Column

SIDES = ("box_top", "box_left", "box_bottom", "box_right")

COLUMNS = (
    Column(
        name="box_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Area of the box around the largest salient region over the image's.",
    ),
    Column(name="box_top", kind="whole", unit="pixels", low=0, meaning="First row of the box."),
    Column(name="box_left", kind="whole", unit="pixels", low=0, meaning="First column of the box."),
    Column(
        name="box_bottom", kind="whole", unit="pixels", low=1, meaning="First row below the box."
    ),
    Column(
        name="box_right",
        kind="whole",
        unit="pixels",
        low=1,
        meaning="First column to the right of the box.",
    ),
)


class Parameters(Settings):
    """Which pixels count as salient."""

    quantile: float = Field(
        0.95, gt=0, lt=1, description="Quantile of the smoothed map from which on pixels count."
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """The box of each map and its share of the image; all null for a map of zeros."""
    del tools
    for outcome in outcomes:
        magnitude = np.abs(outcome.arrays["map"])
        box = salient_box(magnitude, quantile=parameters.quantile)
        if box is None:
            yield [Record(dict.fromkeys(("box_share", *SIDES)))]
            continue
        top, left, bottom, right = box
        share = (bottom - top) * (right - left) / magnitude.size
        yield [Record({"box_share": share, **dict(zip(SIDES, box, strict=True))})]
