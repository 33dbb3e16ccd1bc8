"""ROAD: how much sooner the class is lost when the pixels go that the map ranks first.

    mean height between two curves of the label's probability over the share f of removed pixels,
    1 / F * integral from 0 to F of (p_LeRF(f) - p_MoRF(f)) df,   F the largest share,

by trapezoids: in MoRF the most, in LeRF the least salient pixels are removed first (Rong, Leemann,
Borisov, Kasneci, Kasneci 2022, "A consistent and efficient evaluation strategy for attribution
methods", ICML, arXiv 2202.00449). Both curves begin at the photograph, where they differ by 0. What
is removed is filled in by noisy linear imputation (`images/imputation.py`), so the picture stays
near what the network was trained on and a hole does not show its outline. 1 where one order costs
the class at once and the other never; about 0 for a random order, which is measured like any other:
a map of equal values has one (`images/ranking.py`). A map with a sign is ranked by it.

Deviations: the paper counts over a data set how often the label is predicted; here the label's
probability is averaged, so that one photograph has a value (`correct` in the curves gives the
paper's count). The noise has 0.01 in [0, 1] units, not in normalised ones, is the same field for
all shares, orders, runs and models of a photograph, so that they differ by what is removed alone,
and the result is clipped to [0, 1].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice

import torch
from torch import Tensor

from inputgrad.config.settings import Annotated, Distinct, Field, Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import score_tensors
from inputgrad.engine.tools import Tools
from inputgrad.images.imputation import noisy_linear
from inputgrad.images.ranking import Ranks, ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency.curve_columns import CURVE_COLUMNS
from inputgrad.saliency.curves import curve_records, mean_height, probabilities
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="road",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="Mean height of the label's probability with the least salient pixels removed over "
        "that with the most salient ones removed (ROAD, LeRF - MoRF).",
    ),
    *CURVE_COLUMNS,
)


class Parameters(Settings):
    """Which shares are removed, and the noise of the imputation."""

    shares: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1), Distinct] = (
        Field([0.1, 0.2, 0.4, 0.6, 0.8], description="Shares of the pixels that are removed.")
    )
    noise_sd: float = Field(
        0.01,
        ge=0,
        le=0.5,
        description="Standard deviation of the noise on imputed pixels, in [0, 1] units.",
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`road` of each map, and both of its curves; two forward passes a share."""
    shares = sorted(parameters.shares)
    images = chain.from_iterable(
        _imputed(outcome, shares, parameters.noise_sd, tools) for outcome in outcomes
    )
    logits = score_tensors(tools.classifier, images, slots=tools.slots)
    for outcome in outcomes:
        label = outcome.item.image.label
        most, least = (
            curve_records(
                f"road_{order}_first", shares, islice(logits, len(shares)), label, first=1
            )
            for order in ("most", "least")
        )
        pairs = zip(probabilities(most), probabilities(least), strict=True)
        heights = [kept - lost for lost, kept in pairs]
        yield [Record({"road": mean_height(shares, heights)}), *most, *least]


def removed_masks(order: Ranks, shares: Sequence[float]) -> Tensor:
    """(2 * shares, H, W) bool: the most salient pixels at each share, then the least salient ones.

    One pixel stays at least.
    """
    pixels = order.size
    numbers = [min(round(share * pixels), pixels - 1) for share in shares]
    rank = torch.from_numpy(order)
    masks = [rank < number for number in numbers] + [rank >= pixels - n for n in numbers]
    return torch.stack(masks)


def _imputed(
    outcome: Outcome, shares: Sequence[float], noise_sd: float, tools: Tools
) -> Iterator[Tensor]:
    """Images (3, H, W) in the order of `removed_masks`."""
    photograph, device = outcome.item.image, tools.classifier.mean.device
    image = to_tensor(photograph.pixels)
    order = ranks(outcome.arrays["map"], seed=tools.seed, image_id=photograph.image_id)
    drawn = generator(tools.seed, photograph.image_id, "saliency imputation")
    noise = noise_sd * torch.randn(image.shape, generator=drawn)
    masks = removed_masks(order, shares).to(device)
    yield from noisy_linear(image.to(device), masks, noise.to(device))
