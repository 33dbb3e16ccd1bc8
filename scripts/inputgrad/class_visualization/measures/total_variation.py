"""How rough each snapshot is: its total variation (`images/roughness.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.roughness import total_variation
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="total_variation",
        kind="real",
        low=0,
        high=1,
        meaning="Mean absolute difference of neighbouring pixels, image in [0, 1].",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome one record a snapshot."""
    del parameters, tools
    for outcome in outcomes:
        yield [
            Record(
                {
                    "iteration": row["iteration"],
                    "total_variation": total_variation(to_tensor(snapshot)),
                }
            )
            for row, snapshot in zip(outcome.rows, outcome.arrays["snapshots"], strict=True)
        ]
