"""Gradient ascent on the score of the class that is to be predicted.

    x <- clip(x + eta * g / |g|_2, 0, 1),  g = dS / dx,  S the target's logit

repeated until the target is predicted (the rule of the practical work, after Szegedy et al. 2014,
who minimise |r| + loss by L-BFGS instead). Every step has the same length eta in L2, so the path
is at most eta * iterations long. Untargeted, S is minus the label's logit; `objective` puts the
log-probability or the margin in place of the logit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import Iterative
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.gradients import l2_norms, unit
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier


class Parameters(Iterative):
    """Step length, beside what iterative attacks share."""

    eta: float = Field(0.25, gt=0, le=100, description="Length of a step, L2 norm in [0, 1] units.")


class UnitSteps:
    """Update: steps of length eta along the gradient."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """The step length."""
        del image
        return {"eta": torch.tensor(float(attack.run.parameters.eta))}

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """Eta * |g|_2."""
        return state["eta"] * l2_norms(gradients)

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """clip(x + eta * g / |g|_2, 0, 1); a row without a gradient stays where it is."""
        return (images + state["eta"].view(-1, 1, 1, 1) * unit(gradients)).clamp_(0, 1), {}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, UnitSteps(), slots=slots, usage=usage)
