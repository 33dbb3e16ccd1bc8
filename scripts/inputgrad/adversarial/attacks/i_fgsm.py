"""Iterative fast gradient sign method: small steps of equal size in every colour of every pixel.

    x <- clip(x + alpha * sign(g), x_0 - epsilon, x_0 + epsilon) in [0, 1],  g = dJ / dx

J the log-probability of the target (Kurakin et al. 2017, sections 2.2 and 2.3: its basic iterative
and least-likely class methods; Goodfellow et al. 2015 take one step). Deviations: it ends as soon
as the model is fooled, not after a number of steps fixed by epsilon; the target is that of the
target policy; untargeted, J is minus the log-probability of the label.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import OnLogProbability
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.gradients import l1_norms
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="epsilon",
        kind="real",
        unit="[0, 1] units",
        low=0,
        high=1,
        meaning="Largest change of a colour value that the attack may make.",
    ),
)


class Parameters(OnLogProbability):
    """Ball and step length, beside what iterative attacks share."""

    epsilon: float = Field(
        8 / 255, gt=0, le=1, description="Radius of the ball in L∞, [0, 1] units."
    )
    alpha: float = Field(
        1 / 255, gt=0, le=1, description="Change of a colour value in one step, [0, 1] units."
    )


class SignSteps:
    """Update: steps of length alpha in L∞ that do not leave the ball around the photograph."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """Step length, and the lowest and highest values that the ball and [0, 1] allow."""
        parameters = attack.run.parameters
        return {
            "alpha": torch.tensor(float(parameters.alpha)),
            "lowest": (image - parameters.epsilon).clamp(min=0),
            "highest": (image + parameters.epsilon).clamp(max=1),
        }

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """Alpha * |g|_1, as long as the ball is not reached."""
        return state["alpha"] * l1_norms(gradients)

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """A step along the gradient's signs, clipped; a gradient of 0 moves nothing."""
        moved = images + state["alpha"].view(-1, 1, 1, 1) * gradients.sign()
        return moved.clamp_(state["lowest"], state["highest"]), {}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, SignSteps(), slots=slots, usage=usage)
