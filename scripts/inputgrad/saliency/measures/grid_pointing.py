"""Grid pointing game: whether a map finds the one of four photographs that it explains.

    sum of max(M, 0) over the photograph's quarter / sum of max(M, 0) over the mosaic

M explains the photograph's class in the mosaic; pure chance gives 0.25, and so does a map that
knows nothing of the class, such as the same Gaussian in the middle. No boxes are needed: where the
object lies is known by construction. Boehle, Fritz, Schiele 2021, "Convolutional dynamic alignment
networks for interpretable classifications", section 5.2; Rao, Boehle, Schiele 2022, "Towards better
understanding attribution methods", section 3.

Mosaics are drawn within a cell's photographs that the network classifies rightly, some rounds of
them, from the seed and the photographs' names alone: all runs of a model see the same ones, while
those of two models differ, so models are not to be compared. Deviation: those papers choose
photographs that are classified with confidence. The case is the mosaic, not the photograph, since
its four maps share one image: its value, the mean of the four shares, is in the row of the
photograph that opens it. Networks that cannot take an image of twice their input's size see the
photographs halved.

The first mosaic is kept to be looked at, beside the row of its first photograph:
`mosaic/picture`, uint8 (S, S, 3), `mosaic/maps`, float32 (4, S, S), one for each photograph, row by
row, both of the network's input size S, `mosaic/labels`, int64 (4,), and `mosaic/shares`,
float64 (4,), how much of each map lies in its photograph's quarter, NaN where it is zero.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy
from torch.nn.functional import adaptive_avg_pool2d

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.saliency.mosaics import draw_mosaics, mosaic_of, shares, takes_mosaics
from inputgrad.saliency.rightly import is_right
from inputgrad.tables.columns import Column

WHOLE_CELLS = True

COLUMNS = (
    Column(
        name="grid_pointing",
        kind="real",
        unit="share",
        low=0,
        high=1,
        better="higher",
        meaning="Share of a map's positive values in its photograph's quarter of a mosaic of "
        "four, the mean over the four maps of the mosaics that this photograph opens; 0.25 by "
        "chance; null where it opens none.",
    ),
    Column(
        name="grid_mosaics",
        kind="whole",
        low=0,
        meaning="Mosaics that this photograph opens, of photographs that are classified rightly.",
    ),
    Column(
        name="grid_halved",
        kind="flag",
        meaning="The network takes no larger image, so the mosaic's photographs are halved.",
    ),
)


class Parameters(Settings):
    """How many mosaics there are."""

    rounds: int = Field(
        2,
        ge=1,
        le=100,
        description="Mosaics that each photograph is in, at most; each costs it a map of four "
        "times the size.",
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """The columns of each map; the share is null where no mosaic has a positive value."""
    own = {outcome.item.image.image_id: outcome for outcome in outcomes}
    right = {key: one.item.image.label for key, one in own.items() if is_right(one)}
    rounds = (
        draw_mosaics(right, seed=tools.seed, round_=number) for number in range(parameters.rounds)
    )
    drawn = [mosaic for mosaics in rounds for mosaic in mosaics]
    full_size = takes_mosaics(tools.classifier)
    found, first = _shares(tools, own, drawn, full_size=full_size)
    opened = Counter(mosaic[0] for mosaic in drawn)
    for outcome in outcomes:
        key = outcome.item.image.image_id
        row: dict[str, Any] = {
            "grid_pointing": float(np.mean(found[key])) if key in found else None,
            "grid_mosaics": opened[key],
            "grid_halved": not full_size,
        }
        yield [Record(row, first if drawn and key == drawn[0][0] else {})]


def _shares(
    tools: Tools,
    outcomes: Mapping[str, Outcome],
    mosaics: Sequence[tuple[str, ...]],
    *,
    full_size: bool,
) -> tuple[dict[str, list[float]], dict[str, NDArray[Any]]]:
    """Opening photograph -> of each of its mosaics the mean share of a map in its own quarter.

    Maps without a positive value do not count, nor mosaics of such maps alone. With them the arrays
    of the first mosaic; none where there is no mosaic.
    """

    def image_of(mosaic: Sequence[str]) -> Tensor:
        parts = [to_tensor(outcomes[image_id].item.image.pixels) for image_id in mosaic]
        return mosaic_of(parts, full_size=full_size)

    def requests() -> Iterator[Request]:
        for mosaic in mosaics:
            image = image_of(mosaic)
            for item in (outcomes[image_id].item for image_id in mosaic):
                yield Request(item, image, item.image.label)

    found: dict[str, list[float]] = {}
    first: dict[str, NDArray[Any]] = {}
    maps = maps_of(tools, requests())
    for mosaic in mosaics:
        drawn = list(itertools.islice(maps, len(mosaic)))
        quarters = [shares(one) for one in drawn]
        own_shares = [own[q] if own else np.nan for q, own in enumerate(quarters)]
        if not np.isnan(own_shares).all():
            found.setdefault(mosaic[0], []).append(float(np.nanmean(own_shares)))
        if not first:
            side = tools.classifier.input_size
            first = {
                "mosaic/picture": to_pixels(adaptive_avg_pool2d(image_of(mosaic), side)),
                "mosaic/maps": adaptive_avg_pool2d(from_numpy(np.stack(drawn)), side).numpy(),
                "mosaic/labels": np.array([outcomes[i].item.image.label for i in mosaic]),
                "mosaic/shares": np.array(own_shares),
            }
    return found, first
