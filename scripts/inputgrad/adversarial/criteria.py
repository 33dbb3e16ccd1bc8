"""When an attack is done, and which class's score leads there.

Targeted: the target's score is climbed until the target is predicted. Untargeted: the label's
score is descended until anything else is predicted.
"""

from __future__ import annotations

from typing import Literal, Protocol

from torch import Tensor

from inputgrad.adversarial.records import Attack


class Criterion(Protocol):
    """Direction and end of an attack; `classes` (N,) are those followed, one for each row."""

    @property
    def sign(self) -> Literal[1, -1]:
        """1: the score of the class followed is climbed; -1: it is descended."""

    def followed(self, attack: Attack) -> int:
        """Class whose score is climbed or descended."""

    def fulfilled(self, prediction: Tensor, classes: Tensor) -> Tensor:
        """Whether the model is fooled, (N,) bool."""

    def deficit(self, logits: Tensor, score: Tensor, classes: Tensor) -> Tensor:
        """How far `score`, that of the class followed, is from fooling the model, (N,)."""


class Targeted:
    """The target is to be predicted."""

    sign: Literal[1, -1] = 1

    def followed(self, attack: Attack) -> int:
        """The target."""
        assert attack.target is not None, "a targeted attack has a target"
        return attack.target

    def fulfilled(self, prediction: Tensor, classes: Tensor) -> Tensor:
        """Whether the target is predicted."""
        return prediction == classes

    def deficit(self, logits: Tensor, score: Tensor, classes: Tensor) -> Tensor:
        """Highest score minus the target's."""
        del classes
        return logits.amax(dim=1) - score


class Untargeted:
    """Any class but the label is to be predicted."""

    sign: Literal[1, -1] = -1

    def followed(self, attack: Attack) -> int:
        """The label."""
        return attack.image.label

    def fulfilled(self, prediction: Tensor, classes: Tensor) -> Tensor:
        """Whether another class than the label is predicted."""
        return prediction != classes

    def deficit(self, logits: Tensor, score: Tensor, classes: Tensor) -> Tensor:
        """The label's score minus the highest other one."""
        return score - logits.scatter(1, classes[:, None], float("-inf")).amax(dim=1)


def criterion_of(attack: Attack) -> Criterion:
    """Untargeted where the attack has no target."""
    return Untargeted() if attack.target is None else Targeted()
