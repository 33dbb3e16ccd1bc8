"""What is left of a perturbation in the 8-bit image, and how visible it is.

L0 counts pixels, L2 is in [0, 1] units, SSIM is that of Wang et al. 2004 (`images.distances`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.distances import (
    changed_pixels,
    perturbation_norms,
    structural_similarity_index,
)
from inputgrad.images.tensors import to_tensor
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="l0",
        kind="whole",
        unit="pixels",
        low=0,
        better="lower",
        meaning="Pixels of the 8-bit image of which at least one colour differs.",
    ),
    Column(
        name="l2_png",
        kind="real",
        unit="[0, 1] units",
        low=0,
        better="lower",
        meaning="L2 norm of the perturbation that the 8-bit image holds.",
    ),
    Column(
        name="ssim",
        kind="real",
        unit="index",
        low=-1,
        high=1,
        better="higher",
        meaning="Mean structural similarity of photograph and 8-bit image, 1 for equal images.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others."""
    del parameters, tools
    for outcome in outcomes:
        yield [_distances(outcome)] if "image" in outcome.arrays else []


def _distances(outcome: Outcome) -> Record:
    original = to_tensor(outcome.item.image.pixels).numpy()
    altered = to_tensor(outcome.arrays["image"]).numpy()
    return Record(
        {
            "l0": changed_pixels(original, altered),
            "l2_png": perturbation_norms(original, altered)["l2"],
            "ssim": structural_similarity_index(original, altered),
        }
    )
