"""How rough each snapshot is: the mean absolute difference between neighbours.

    TV(x) = (mean |x[i + 1, j] - x[i, j]| + mean |x[i, j + 1] - x[i, j]|) / 2

x is the 8-bit image in [0, 1]; means over pixels and channels. The anisotropic total variation
(Rudin, Osher and Fatemi 1992) as a mean, so that images of different sizes can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from torch import Tensor

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
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


def total_variation(image: Tensor) -> float:
    """Mean absolute difference between neighbours of (3, H, W), both directions."""
    down = (image[:, 1:] - image[:, :-1]).abs().double().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).abs().double().mean()
    return float((down + right) / 2)
