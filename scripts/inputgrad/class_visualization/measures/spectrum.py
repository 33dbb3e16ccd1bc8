"""How much of each snapshot is fine grain: its high-frequency share (`images/roughness.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.roughness import high_frequency_share
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="high_frequency_share",
        kind="real",
        unit="share",
        low=0,
        high=1,
        better="lower",
        meaning="Share of the image's power above a quarter of a cycle a pixel; null where it is "
        "of one colour.",
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
                    "high_frequency_share": high_frequency_share(picture),
                }
            )
            for row, picture in zip(outcome.rows, outcome.arrays["snapshots"], strict=True)
        ]
