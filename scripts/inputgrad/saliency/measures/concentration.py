"""Concentration: on how few pixels a map puts its weight.

Two numbers of the absolute values |M|, free of the map's scale and resolution: the smallest share
of the pixels that together hold half of the sum, and the Gini index (Hurley and Rickard 2009,
"Comparing measures of sparsity"; used for explanations by Chalasani et al. 2020, "Concise
explanations of neural networks using adversarial training"). They describe how a map looks, not
whether it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import gini, half_mass_share
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="half_mass_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        better="lower",
        meaning="Smallest share of the pixels that holds half of the map's sum.",
    ),
    Column(
        name="gini",
        kind="real",
        low=0,
        high=1,
        better="higher",
        meaning="Gini index of the map: 0 when even, towards 1 when a few pixels hold all.",
    ),
)


class Parameters(Settings):
    """Concentration has nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """`half_mass_share` and `gini` of each map; null for a map of zeros."""
    del parameters, tools
    for outcome in outcomes:
        magnitude = np.abs(outcome.arrays["map"])
        row = {"half_mass_share": half_mass_share(magnitude), "gini": gini(magnitude)}
        yield [Record(row)]
