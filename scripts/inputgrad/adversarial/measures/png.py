"""What the PNG file of an adversarial image is taken for.

An image that fools the network by a hair may not survive the rounding to 8 bits, so the stored
image is encoded as PNG, read back and scored: this is what somebody would see who was handed the
file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from inputgrad.adversarial.criteria import is_fooled
from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.scoring import Logits, confidences, margin, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.decoding import from_png, png_bytes
from inputgrad.tables.columns import Column

PNG_LEVEL = 1  # the fastest compression; the pixels are the same at every level

COLUMNS = (
    Column(
        name="success_png",
        kind="flag",
        meaning="The PNG read back is predicted as the target; untargeted: as another class than "
        "the label.",
    ),
    Column(
        name="confidence_label_after",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the label for the PNG.",
    ),
    Column(
        name="confidence_target_after",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the target for the PNG.",
    ),
    Column(
        name="margin",
        kind="real",
        unit="logit",
        better="higher",
        meaning="Of the PNG: logit of the target minus the highest other; untargeted: highest "
        "other minus that of the label. Positive where the PNG fools.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others."""
    del parameters
    files = (_through_png(o.arrays["image"]) for o in outcomes if "image" in o.arrays)
    scores = iter(score_images(tools.classifier, files, slots=tools.slots))
    for outcome in outcomes:
        yield [Record(_verdict(outcome, next(scores)))] if "image" in outcome.arrays else []


def _through_png(pixels: Pixels) -> Pixels:
    return from_png(png_bytes(pixels, compress_level=PNG_LEVEL))


def _verdict(outcome: Outcome, logits: Logits) -> dict[str, Any]:
    """The measure's columns from the logits (1000,) of the PNG."""
    label, target = outcome.item.image.label, outcome.rows[0]["target"]
    probability = confidences(logits)
    return {
        "success_png": is_fooled(int(logits.argmax()), label=label, target=target),
        "confidence_label_after": float(probability[label]),
        "confidence_target_after": None if target is None else float(probability[target]),
        "margin": -margin(logits, label) if target is None else margin(logits, target),
    }
