"""Grid pointing game: whether a map finds the one of four photographs that it explains.

    sum of max(M, 0) over the photograph's quarter / sum of max(M, 0) over the mosaic

M explains the photograph's class in the mosaic; pure chance gives 0.25, and so does a map that
knows nothing of the class, such as the same Gaussian in the middle. No boxes are needed: where the
object lies is known by construction. Boehle, Fritz, Schiele 2021, "Convolutional dynamic alignment
networks for interpretable classifications", section 5.2; Rao, Boehle, Schiele 2022, "Towards better
understanding attribution methods", section 3.

Mosaics are drawn within a cell's photographs from the seed and their names alone, some rounds of
them, so all models and runs see the same ones. Deviation: those papers choose photographs that are
classified with confidence; here a mosaic with a photograph that the network classifies wrongly by
itself is left out and counted. A photograph's value is the mean over its mosaics that are left.
Networks that cannot take an image of twice their input's size see the photographs halved, so their
values are not to be compared with those of others.

The first mosaic that counts is kept to be looked at, beside the row of its first photograph:
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
        meaning="Share of the map's positive values in the photograph's quarter of a mosaic of "
        "four, the mean over its mosaics that count; 0.25 by chance.",
    ),
    Column(
        name="grid_mosaics",
        kind="whole",
        low=0,
        meaning="Mosaics of the photograph that count: all four are classified rightly.",
    ),
    Column(
        name="grid_mosaics_left_out",
        kind="whole",
        low=0,
        meaning="Mosaics of the photograph with one that is classified wrongly.",
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
    """The columns of each map; the share is null where no mosaic counts or has a positive value."""
    own = {outcome.item.image.image_id: outcome for outcome in outcomes}
    labels = {image_id: outcome.item.image.label for image_id, outcome in own.items()}
    rounds = (
        draw_mosaics(labels, seed=tools.seed, round_=number) for number in range(parameters.rounds)
    )
    drawn = [mosaic for mosaics in rounds for mosaic in mosaics]
    counting = [mosaic for mosaic in drawn if all(_is_right(own[i]) for i in mosaic)]
    full_size = takes_mosaics(tools.classifier)
    found, first = _shares(tools, own, counting, full_size=full_size)
    times = Counter(i for mosaic in drawn for i in mosaic)
    counted = Counter(i for mosaic in counting for i in mosaic)
    for outcome in outcomes:
        key = outcome.item.image.image_id
        row: dict[str, Any] = {
            "grid_pointing": float(np.mean(found[key])) if found.get(key) else None,
            "grid_mosaics": counted[key],
            "grid_mosaics_left_out": times[key] - counted[key],
            "grid_halved": not full_size,
        }
        yield [Record(row, first if counting and key == counting[0][0] else {})]


def _is_right(outcome: Outcome) -> bool:
    return bool(outcome.rows[0]["prediction"] == outcome.item.image.label)


def _shares(
    tools: Tools,
    outcomes: Mapping[str, Outcome],
    mosaics: Sequence[tuple[str, ...]],
    *,
    full_size: bool,
) -> tuple[dict[str, list[float]], dict[str, NDArray[Any]]]:
    """The share in its own quarter of each photograph and mosaic where the map has any.

    With them the arrays of the first mosaic; none where there is no mosaic.
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
        for quarter, (image_id, own) in enumerate(zip(mosaic, quarters, strict=True)):
            if own is not None:
                found.setdefault(image_id, []).append(own[quarter])
        if not first:
            side = tools.classifier.input_size
            own_shares = [own[q] if own else np.nan for q, own in enumerate(quarters)]
            first = {
                "mosaic/picture": to_pixels(adaptive_avg_pool2d(image_of(mosaic), side)),
                "mosaic/maps": adaptive_avg_pool2d(from_numpy(np.stack(drawn)), side).numpy(),
                "mosaic/labels": np.array([outcomes[i].item.image.label for i in mosaic]),
                "mosaic/shares": np.array(own_shares),
            }
    return found, first
