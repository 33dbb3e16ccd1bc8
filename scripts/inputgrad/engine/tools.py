"""What a measure has at hand beside the outcomes that it looks at."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.models.classifier import Classifier


@dataclass(frozen=True)
class Tools:
    """The classifier, and what makes its numbers: the seed, and the slots of the constant batch."""

    classifier: Classifier
    seed: int
    slots: int
