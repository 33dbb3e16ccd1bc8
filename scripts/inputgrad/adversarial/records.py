"""What an attack is given, and what it gives back.

Every attack is one function, `attack(classifier, attacks, *, slots, usage)`, that yields the
position of an `Attack` and its `Result` in the order of finishing. Photographs that the model is
wrong about are not attacked: their results hold the photograph and the prediction, no counters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inputgrad.engine.records import Arrays, LabelledImage, Run


@dataclass(frozen=True)
class Attack:
    """One photograph to be attacked under one run.

    Attributes:
        image: the photograph.
        run: the attack's name, method and parameters.
        target: the class to be predicted, never the label; None for any class but the label.
        seed: of all random numbers; an attack draws from `generator(seed, image_id, purpose)`.
        inputs: arrays that the runs which its parameters name made of the photograph, by run.
    """

    image: LabelledImage
    run: Run
    target: int | None
    seed: int = 0
    inputs: Mapping[str, Arrays] = field(default_factory=dict)


@dataclass(frozen=True)
class Counters:
    """What an attack took; the names are those of the table's columns (see `attack.COLUMNS`)."""

    iterations: int
    success: bool
    gradient_evaluations: int
    predicted_iterations: float | None
    zero_gradients: int
    confidence_label_before: float
    confidence_target_before: float | None
    failure: str | None


@dataclass(frozen=True)
class Result:
    """Where an attack ended.

    Attributes:
        image: (3, H, W) float32 in [0, 1] units, beyond them only where the attack does not clip.
        prediction: class that the model sees in the photograph itself.
        counters: None where that is not the label, so nothing was attacked.
        own: values of columns that only this attack fills, declared by `COLUMNS` of its module.
        stops: further steps after the model was fooled -> where they led, (3, H, W) float32.
        scores: iteration -> logits of the label, of the target (None without one) and of the
            highest class beside these, where the run asks for them.
    """

    image: NDArray[np.float32]
    prediction: int
    counters: Counters | None
    own: Mapping[str, Any] = field(default_factory=dict)
    stops: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    scores: Mapping[int, tuple[float, float | None, float]] = field(default_factory=dict)


class Ended(NamedTuple):
    """An attack that has ended, and its place among those handed in."""

    position: int
    attack: Attack
    result: Result

    @property
    def fooled(self) -> bool:
        """Whether it took place and succeeded."""
        return self.result.counters is not None and self.result.counters.success
