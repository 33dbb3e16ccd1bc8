"""Fast gradient sign method: one step of equal size in every colour of every pixel.

    x <- clip(x_0 + epsilon * sign(g), 0, 1),  g = dJ / dx

J minus the log-probability of the label (Goodfellow et al. 2015, section 4, untargeted) or the
log-probability of the target (Kurakin et al. 2017, section 2.3, with one step). It is one full step
of `i_fgsm`, so where the photograph is already taken for the target nothing moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.adversarial.attacks.i_fgsm import SignSteps
from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import OnLogProbability
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier


class Parameters(OnLogProbability):
    """Length of the one step."""

    budget: int = Field(1, ge=1, le=1, description="One step, always.")
    epsilon: float = Field(
        8 / 255, gt=0, le=1, description="Change of every colour value, [0, 1] units."
    )

    @property
    def alpha(self) -> float:
        """The step of `i_fgsm` that goes all the way."""
        return self.epsilon


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, SignSteps(), slots=slots, usage=usage)
