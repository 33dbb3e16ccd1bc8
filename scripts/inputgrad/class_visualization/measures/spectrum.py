"""How much of each snapshot is fine grain: the share of its power at high frequencies.

    sum of |F(f)|^2 over |f| > 1/4  /  sum of |F(f)|^2 over f != 0

F is the Fourier transform of the mean over the colours of the 8-bit image, f in cycles a pixel, so
1/4 is a wave of four pixels. In photographs power falls about as 1/f^2 (Field 1987), and little is
left there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.tools import Tools
from inputgrad.tables.columns import Column

CUT = 0.25  # cycles a pixel

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
            Record({"iteration": row["iteration"], "high_frequency_share": share(picture)})
            for row, picture in zip(outcome.rows, outcome.arrays["snapshots"], strict=True)
        ]


def share(picture: Pixels) -> float | None:
    """Of (H, W, 3) uint8, in [0, 1]; None where there is no power."""
    grey = picture.astype(np.float64).mean(axis=2)
    power = np.abs(np.fft.fft2(grey - grey.mean())) ** 2
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, grey.shape), indexing="ij"))
    total = power.sum()
    return float(power[frequency > CUT].sum() / total) if total > 1e-6 else None
