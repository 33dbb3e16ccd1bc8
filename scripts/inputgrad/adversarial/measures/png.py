"""What the PNG file of an adversarial image is taken for.

An image that fools the network by a hair may not survive the rounding to 8 bits, so the stored
image is encoded as PNG, read back and scored: this is what somebody would see who was handed the
file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.scoring import (
    Logits,
    confidences,
    is_fooled,
    margin,
    rank,
    score_images,
)
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
        name="changed_png",
        kind="flag",
        meaning="The PNG read back is predicted as another class than the label, be it the target "
        "or not: what is asked of the control as well.",
    ),
    Column(
        name="prediction_png", kind="whole", low=0, high=999, meaning="The class predicted for it."
    ),
    Column(
        name="label_rank_png",
        kind="whole",
        low=1,
        high=1000,
        meaning="Rank of the label's score for the PNG; 1 where the label is predicted, at most 5 "
        "where it is among the top five.",
    ),
    Column(
        name="target_rank_png",
        kind="whole",
        low=1,
        high=1000,
        meaning="Rank of the target's score for the PNG; null without a target.",
    ),
    Column(
        name="rival_png",
        kind="whole",
        low=0,
        high=999,
        meaning="Class of the highest score for the PNG beside the label and the target.",
    ),
    Column(
        name="confidence_rival_after",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of that class for the PNG.",
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
    probability, prediction = confidences(logits), int(logits.argmax())
    rival = _rival(logits, [label, *([] if target is None else [target])])
    return {
        "changed_png": prediction != label,
        "prediction_png": prediction,
        "label_rank_png": rank(logits, label),
        "target_rank_png": None if target is None else rank(logits, target),
        "rival_png": rival,
        "confidence_rival_after": float(probability[rival]),
        "success_png": is_fooled(prediction, label=label, target=target),
        "confidence_label_after": float(probability[label]),
        "confidence_target_after": None if target is None else float(probability[target]),
        "margin": -margin(logits, label) if target is None else margin(logits, target),
    }


def _rival(logits: Logits, left_out: Sequence[int]) -> int:
    """Class of the highest score beside some."""
    others = logits.copy()
    others[list(left_out)] = -np.inf
    return int(others.argmax())
