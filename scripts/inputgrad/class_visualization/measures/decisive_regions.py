"""How concentrated the last saliency map is: which regions decide on the class (Q8).

The smallest share of pixels that together hold half of the map's sum, see `images/maps.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import half_mass_share
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="half_mass_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Smallest share of pixels that holds half of the last saliency map; null in all "
        "rows but the last, and for a map of zeros.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome one record, of its last iteration."""
    del parameters, tools
    for outcome in outcomes:
        last = outcome.rows[-1]["iteration"]
        share = half_mass_share(outcome.arrays["map"])
        yield [Record({"iteration": last, "half_mass_share": share})]
