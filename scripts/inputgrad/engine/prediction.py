"""What a classifier says of each photograph: prediction, rank of the label, confidence, margin.

The luminance whose contrast is measured is that of ITU-R BT.601; its standard deviation tells a
busy photograph from a flat one (Q7: the attack on images of little content).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import LabelledImage, Pixels, Record, Run
from inputgrad.engine.scoring import confidences, margin, score_images
from inputgrad.models.classifier import Classifier

LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, section 2.5.1


class Parameters(Settings):
    """The forward pass has nothing to set."""


def compute(
    classifier: Classifier,
    samples: Sequence[LabelledImage],
    runs: Sequence[Run],
    *,
    seed: int,
    slots: int,
) -> Iterator[tuple[str, Record]]:
    """(run, record of the table `predictions`) for every sample; `seed` is not used."""
    del seed
    for run in runs:
        logits = score_images(classifier, [s.pixels for s in samples], slots=slots)
        for sample, scores in zip(samples, logits, strict=True):
            probability = confidences(scores)
            prediction = int(scores.argmax())
            row = {
                "image_id": sample.image_id,
                "label": sample.label,
                "prediction": prediction,
                "correct": prediction == sample.label,
                "label_rank": 1 + int((scores > scores[sample.label]).sum()),
                "confidence_label": float(probability[sample.label]),
                "confidence_prediction": float(probability[prediction]),
                "margin": margin(scores, sample.label),
                "contrast": contrast(sample.pixels),
            }
            yield run.name, Record(row, {"photograph": sample.pixels})


def contrast(pixels: Pixels) -> float:
    """Standard deviation of the luminance of an (H, W, 3) uint8 image, in [0, 0.5]."""
    return float((pixels.astype(np.float64) @ np.array(LUMINANCE) / 255).std())
