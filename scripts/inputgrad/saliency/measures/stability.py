"""Stability: how much a map stays the same when the photograph changes a little.

    mean over copies of rho(M(x), M(x + sd * n)),  n Gaussian noise, x + sd * n clipped to [0, 1]

Spearman's correlation over the pixels of the two maps, both of the label. Only copies count that
are predicted as the photograph itself: where the noise changes what the network sees, its map may
change as well. The noise is drawn from the seed and the photograph, so all runs and all models of
one input size see the same copies. Deviation: Alvarez-Melis and Jaakkola 2018, "On the robustness
of interpretability methods", take the largest change within a ball; this is a typical one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import rank_correlation
from inputgrad.saliency.asking import noisy_copies
from inputgrad.saliency.explain import Explained, explained
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="stability_spearman",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="Spearman correlation between the map and that of the photograph plus noise, the "
        "mean over the copies that count.",
    ),
    Column(
        name="stability_copies",
        kind="whole",
        low=0,
        meaning="Noisy copies that count: their prediction is that of the photograph.",
    ),
)


class Parameters(Settings):
    """How much noise is added, and how often."""

    noise_sd: float = Field(
        0.02, gt=0, le=0.5, description="Standard deviation of the noise, in [0, 1] units."
    )
    copies: int = Field(3, ge=1, le=100, description="Noisy copies; one map each.")


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """Both columns of each map; the correlation is null where no copy counts or maps are constant.

    One more map, and for some methods one more forward, for each copy.
    """
    sd, copies = parameters.noise_sd, parameters.copies
    requests = (
        request
        for outcome in outcomes
        for request in noisy_copies(outcome, noise_sd=sd, copies=copies, seed=tools.seed)
    )
    found = explained(tools, requests)
    for outcome in outcomes:
        yield [Record(_row(outcome, list(itertools.islice(found, parameters.copies))))]


def _row(outcome: Outcome, copies: Sequence[Explained]) -> dict[str, float | int | None]:
    """The columns of one map from the maps and predictions of its noisy copies."""
    counted = [c.map for c in copies if c.prediction == outcome.rows[0]["prediction"]]
    found = [rank_correlation(outcome.arrays["map"], noisy) for noisy in counted]
    defined = [rho for rho in found if rho is not None]
    return {
        "stability_spearman": float(np.mean(defined)) if defined else None,
        "stability_copies": len(counted),
    }
