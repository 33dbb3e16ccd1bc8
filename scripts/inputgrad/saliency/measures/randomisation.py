"""Randomisation: whether a map depends on what the network has learned.

    rise = (H(M_r(x)) - H(M(x))) / H(M(x)),  H the entropy of a map's histogram of 100 bins

M_r is the map of the label by a copy of the network with new random weights; the mean over several
draws. A map that shows what a network has learned becomes more complex, as far as noise is, once
that is lost (Hedström, Weber, Lapuschkin, Höhne 2024, "Sanity checks revisited: an exploration to
repair the model parameter randomisation test", arXiv 2401.06465, their efficient MPRT). Beside it
the similarity to the map of the random network, and the classical curve: Spearman's correlation
with the map when the last layers are new, then more of them, until all are (Adebayo et al. 2018,
"Sanity checks for saliency maps", section 3, cascading randomisation), in the table
`saliency_randomisation`. A map that stays is *insensitive*; one that changes is only not shown to
be, and by how much it changes does not rank methods, since a noisy one changes more (Hedström).

Deviation: Spearman's correlation in place of SSIM, which compares the edges that any map of the
photograph has. Where a random network has no gradient, entropy and correlation are undefined and
null, never 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import Map, histogram_entropy, rank_correlation
from inputgrad.images.tensors import to_tensor
from inputgrad.models.randomised import layers_of, randomised
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.tables.columns import Column

CURVE = "saliency_randomisation"
BINS = 100  # Hedström et al. 2024, section 4

COLUMNS = (
    Column(
        name="randomisation_rise",
        kind="real",
        meaning="By how much the entropy of the map's histogram rises, as a share of it, when the "
        "network's weights are random; the mean over the draws.",
    ),
    Column(
        name="randomisation_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="Spearman correlation between the map and that of the network of random weights; "
        "the mean over the draws.",
    ),
    Column(
        name="randomisation_draws",
        kind="whole",
        low=0,
        meaning="Networks of random weights whose map is not constant.",
    ),
    Column(
        name="stage",
        kind="whole",
        low=1,
        meaning="Stage of the curve; in the last all layers are random.",
        table=CURVE,
        key=True,
    ),
    Column(
        name="layers_random",
        kind="whole",
        low=1,
        meaning="Layers that are random, counted from the scores.",
        table=CURVE,
    ),
    Column(
        name="stage_spearman",
        kind="real",
        low=-1,
        high=1,
        meaning="Spearman correlation between the maps of the trained network and of this one.",
        table=CURVE,
    ),
)


class Parameters(Settings):
    """How often the weights are drawn, and how finely the curve is."""

    draws: int = Field(3, ge=1, le=100, description="Networks of random weights; one map each.")
    stages: int = Field(
        8,
        ge=0,
        le=100,
        description="Stages of the curve from the scores to the input, at most one for each layer; "
        "a map each, but for the last.",
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """The row of each map, and its rows of the curve; null where a map is constant."""
    total = len(layers_of(tools.classifier))
    whole = [_maps(outcomes, tools, draw=d, layers=total) for d in range(parameters.draws)]
    count = min(parameters.stages, total)
    sizes = [-(-total * stage // count) for stage in range(1, count + 1)]
    stages = [_maps(outcomes, tools, draw=0, layers=size) for size in sizes[:-1]]
    stages += whole[: len(sizes[-1:])]
    for position, outcome in enumerate(outcomes):
        found = outcome.arrays["map"]
        yield [
            Record(_row(found, [maps[position] for maps in whole])),
            *(
                Record(_stage(found, maps[position], number, size), table=CURVE)
                for number, (size, maps) in enumerate(zip(sizes, stages, strict=True), start=1)
            ),
        ]


def _maps(outcomes: Sequence[Outcome], tools: Tools, *, draw: int, layers: int) -> list[Map]:
    """The maps of the labels by a network whose last layers are random."""
    changed = randomised(tools.classifier, seed=tools.seed, draw=draw, layers=layers)
    requests = (
        Request(o.item, to_tensor(o.item.image.pixels), o.item.image.label) for o in outcomes
    )
    return [*maps_of(replace(tools, classifier=changed), requests)]


def _row(found: Map, others: Sequence[Map]) -> dict[str, Any]:
    before = histogram_entropy(found, bins=BINS)
    entropies = [histogram_entropy(other, bins=BINS) for other in others]
    after = [entropy for entropy in entropies if entropy is not None]
    similar = [rank_correlation(found, other) for other in others]
    defined = [rho for rho in similar if rho is not None]
    return {
        "randomisation_rise": float(np.mean(after)) / before - 1 if before and after else None,
        "randomisation_spearman": float(np.mean(defined)) if defined else None,
        "randomisation_draws": len(after),
    }


def _stage(found: Map, other: Map, number: int, layers: int) -> dict[str, Any]:
    rho = rank_correlation(found, other)
    return {"stage": number, "layers_random": layers, "stage_spearman": rho}
