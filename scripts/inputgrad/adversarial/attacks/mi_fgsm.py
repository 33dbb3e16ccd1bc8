"""Momentum iterative fast gradient sign method: `i_fgsm` along gradients that are remembered.

    m <- mu * m + g / |g|_1,  x <- clip(x + alpha * sign(m), x_0 - epsilon, x_0 + epsilon) in [0, 1]

g = dJ / dx, J the log-probability of the target, or untargeted minus that of the label (Dong et al.
2018, algorithm 1). Deviation: it ends as soon as the model is fooled. A gradient of zeros adds
nothing, and the step follows the gradients before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from inputgrad.adversarial.attacks.i_fgsm import SignSteps
from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import OnLogProbability
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.gradients import l1_norms
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier


class Parameters(OnLogProbability):
    """Ball, step length and memory, beside what iterative attacks share."""

    epsilon: float = Field(
        8 / 255, gt=0, le=1, description="Radius of the ball in L∞, [0, 1] units."
    )
    alpha: float = Field(
        1 / 255, gt=0, le=1, description="Change of a colour value in one step, [0, 1] units."
    )
    momentum: float = Field(
        1.0, ge=0, le=1, description="Weight mu of the gradients before; 0 gives `i_fgsm`."
    )


class MomentumSteps(SignSteps):
    """Update: sign steps along a decaying sum of gradients of L1 norm 1."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """The ball and the step, and a memory of zeros."""
        return super().start(attack, image) | {
            "momentum": torch.tensor(float(attack.run.parameters.momentum)),
            "memory": torch.zeros_like(image),
        }

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """A step along the signs of the memory with the new gradient in it."""
        norms = l1_norms(gradients)
        norms = torch.where(norms > 0, norms, 1).to(gradients.dtype)
        decayed = state["momentum"].view(-1, 1, 1, 1) * state["memory"]
        memory = decayed + gradients / norms.view(-1, 1, 1, 1)
        moved, _ = super().step(images, memory, state)
        return moved, {"memory": memory}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, MomentumSteps(), slots=slots, usage=usage)
