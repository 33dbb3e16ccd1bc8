"""What a classifier says of each photograph: prediction, rank of the label, confidence, margin.

The luminance whose contrast is measured is that of ITU-R BT.601; its standard deviation tells a
busy photograph from a flat one (Q7: the attack on images of little content).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import ImageItem, Pixels, Record
from inputgrad.engine.scoring import Logits, confidences, margin, score_images
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, section 2.5.1

COLUMNS = (
    Column(name="prediction", kind="whole", low=0, high=999, meaning="The predicted class."),
    Column(name="correct", kind="flag", meaning="The prediction is the label."),
    Column(
        name="label_rank",
        kind="whole",
        low=1,
        high=1000,
        better="lower",
        meaning="Rank of the label among the scores; 1 where it has the highest.",
    ),
    Column(
        name="confidence_label",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="Softmax probability of the label.",
    ),
    Column(
        name="confidence_prediction",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Softmax probability of the predicted class.",
    ),
    Column(
        name="margin",
        kind="real",
        unit="logit",
        better="higher",
        meaning="Logit of the label minus the highest other logit.",
    ),
    Column(
        name="contrast",
        kind="real",
        low=0,
        high=0.5,
        meaning="Standard deviation of the photograph's luminance in [0, 1].",
    ),
)


class Parameters(Settings):
    """The forward pass has nothing to set."""


def compute(
    classifier: Classifier, items: Sequence[ImageItem], *, seed: int, slots: int
) -> Iterator[tuple[int, list[Record]]]:
    """(position in `items`, one record) of each item, in order; `seed` is not used.

    The row holds `COLUMNS`, the arrays are {"photograph": (H, W, 3) uint8}.
    """
    del seed
    logits = score_images(classifier, (item.image.pixels for item in items), slots=slots)
    for position, (item, scores) in enumerate(zip(items, logits, strict=True)):
        row = _row(scores, item.image.label) | {"contrast": contrast(item.image.pixels)}
        yield position, [Record(row, {"photograph": item.image.pixels})]


def _row(scores: Logits, label: int) -> dict[str, Any]:
    probability, prediction = confidences(scores), int(scores.argmax())
    return {
        "prediction": prediction,
        "correct": prediction == label,
        "label_rank": 1 + int((scores > scores[label]).sum()),
        "confidence_label": float(probability[label]),
        "confidence_prediction": float(probability[prediction]),
        "margin": margin(scores, label),
    }


def contrast(pixels: Pixels) -> float:
    """Standard deviation of the luminance of an (H, W, 3) uint8 image, in [0, 0.5]."""
    return float((pixels.astype(np.float64) @ np.array(LUMINANCE) / 255).std())
