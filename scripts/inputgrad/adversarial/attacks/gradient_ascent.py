"""Gradient ascent on the score of the class that is to be predicted.

    x <- clip(x + eta * s * h / |h|_2, 0, 1),  h = s * dS / dx,  S the target's logit

repeated until the target is predicted (the rule of the practical work, after Szegedy et al. 2014,
who minimise |r| + loss by L-BFGS instead). Every step has the same length eta in L2, so the path
is at most eta * iterations long. Untargeted, S is minus the label's logit; `objective` puts the
log-probability or the margin in place of the logit.

In the space `pixels` s is 1. In the space `normalized` s are the standard deviations of the colours
by which the model normalises, so h is the gradient with respect to the normalised image n, and the
same step reads n <- n + eta * h / |h|_2. Without `clip` the image may leave [0, 1]: the model is
fooled by an image that no file can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from torch import Tensor

from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import Iterative, Refined
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Distinct, Field
from inputgrad.engine.gradients import l2_norms, unit
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="space",
        kind="text",
        meaning="Where the steps are taken, `pixels` or `normalized`; null for attacks that know "
        "one space alone.",
    ),
    Column(
        name="clip",
        kind="flag",
        meaning="The attack keeps its image in [0, 1]; null for attacks that always do.",
    ),
)


class Parameters(Refined, Iterative):
    """Step length, beside what iterative attacks share."""

    eta: float = Field(
        0.25, gt=0, le=100, description="Length of a step, L2 norm in the units of `space`."
    )
    space: Literal["pixels", "normalized"] = Field(
        "pixels",
        description="Where the gradient is taken and the step's length counts: the image in "
        "[0, 1], or the image as the model normalises it. Perturbations are reported in [0, 1] "
        "units either way.",
    )
    clip: bool = Field(
        True, description="Keep the image in [0, 1]; without it only the saved file is in range."
    )
    beyond: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Distinct] = Field(
        [],
        description="Further steps after the model is fooled, of which the images are kept as "
        "well: what was driven on may fool other models. They are no gradients of the attack and "
        "begin where it ended, before any `refine`.",
    )


@dataclass(frozen=True)
class UnitSteps:
    """Update: steps of length eta along the gradient; `std` (1, 3, 1, 1) is the classifier's."""

    std: Tensor

    def start(self, attack: Attack, image: Tensor) -> State:
        """Step length, scale of the colours, and the range that is left to the image."""
        del image
        chosen = attack.run.parameters
        scale = self.std[0] if chosen.space == "normalized" else torch.ones_like(self.std[0])
        lowest, highest = (0.0, 1.0) if chosen.clip else (-torch.inf, torch.inf)
        return {
            "eta": torch.tensor(float(chosen.eta)),
            "scale": scale,
            "lowest": torch.full((1, 1, 1), lowest),
            "highest": torch.full((1, 1, 1), highest),
        }

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """Eta * |h|_2."""
        return state["eta"] * l2_norms(gradients * state["scale"])

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """clip(x + eta * s * h / |h|_2); a row without a gradient stays where it is."""
        length = state["eta"].view(-1, 1, 1, 1) * state["scale"]
        moved = images + length * unit(gradients * state["scale"])
        return moved.clamp_(state["lowest"], state["highest"]), {}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, UnitSteps(classifier.std), slots=slots, usage=usage)
