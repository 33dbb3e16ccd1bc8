"""Stability: how much a map stays the same when the photograph changes a little.

    rho(M(x), M(x + sd * n)),  n Gaussian noise, x + sd * n clipped to [0, 1]

Spearman's correlation over the pixels of the two maps, both of the label. The noise is drawn from
the seed and the photograph, so all runs and all models of one input size see the same noisy
photograph. Deviation: Alvarez-Melis and Jaakkola 2018, "On the robustness of interpretability
methods", take the largest change within a ball; this is a typical one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import rank_correlation
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="stability_spearman",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="Spearman correlation between the map and that of the photograph plus noise.",
    ),
)


class Parameters(Settings):
    """How much noise is added."""

    noise_sd: float = Field(
        0.02, gt=0, le=0.5, description="Standard deviation of the noise, in [0, 1] units."
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`stability_spearman` of each map, one more map each; null where a map is constant."""
    requests = (_noisy(outcome, parameters.noise_sd, tools.seed) for outcome in outcomes)
    for outcome, noisy in zip(outcomes, maps_of(tools, requests), strict=True):
        yield [Record({"stability_spearman": rank_correlation(outcome.arrays["map"], noisy)})]


def _noisy(outcome: Outcome, noise_sd: float, seed: int) -> Request:
    photograph = outcome.item.image
    image = to_tensor(photograph.pixels)
    drawn = generator(seed, photograph.image_id, "saliency noise")
    noisy = (image + noise_sd * torch.randn(image.shape, generator=drawn)).clamp(0, 1)
    return Request(outcome.item, noisy, photograph.label)
