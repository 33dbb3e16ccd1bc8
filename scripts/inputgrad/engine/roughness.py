"""How rough the photographs are, as the network takes them (`images/roughness.py`).

What class visualisations are laid beside: a picture that is as smooth as photographs are, and has
as little fine grain, is not for that reason a good one, but noise is neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.roughness import high_frequency_share, total_variation
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="total_variation",
        kind="real",
        low=0,
        high=1,
        meaning="Mean absolute difference of the photograph's neighbouring pixels, in [0, 1].",
    ),
    Column(
        name="high_frequency_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        meaning="Share of the photograph's power above a quarter of a cycle a pixel; null where "
        "it is of one colour.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each photograph one record."""
    del parameters, tools
    for outcome in outcomes:
        photograph = outcome.arrays["photograph"]
        row = {
            "total_variation": total_variation(to_tensor(photograph)),
            "high_frequency_share": high_frequency_share(photograph),
        }
        yield [Record(row)]
