"""How far each snapshot of an ascent from a photograph is from that photograph (Q10).

L2 norm of the difference in [0, 1] units, and structural similarity (`images/distances.py`), both
of the 8-bit images.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.distances import perturbation_norms, structural_similarity_index
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="l2_from_start",
        kind="real",
        unit="[0, 1] units",
        low=0,
        meaning="L2 norm of the difference from the photograph that the ascent starts from.",
    ),
    Column(
        name="ssim_to_start",
        kind="real",
        unit="index",
        low=-1,
        high=1,
        meaning="Structural similarity to that photograph.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome from a photograph one record a snapshot, none for the others."""
    del parameters, tools
    for outcome in outcomes:
        start: Pixels | None = outcome.item.start.pixels
        if start is None:
            yield []
            continue
        pairs = zip(outcome.rows, outcome.arrays["snapshots"], strict=True)
        yield [Record({"iteration": r["iteration"]} | _distance(start, s)) for r, s in pairs]


def _distance(start: Pixels, snapshot: Pixels) -> dict[str, Any]:
    original, altered = (to_tensor(pixels).numpy() for pixels in (start, snapshot))
    return {
        "l2_from_start": perturbation_norms(original, altered)["l2"],
        "ssim_to_start": structural_similarity_index(original, altered),
    }
