"""SuperDeepFool: to the boundary as DeepFool, then along it to where the way back is shortest.

    x <- clip(x + (1 + o) |m| / |w|_2^2 w, 0, 1)  until the model is fooled,  w = dm / dx

m the best rival's logit minus the label's, o the overshoot (Moosavi-Dezfooli et al. 2016), and from
there the projections of `refinement`, each followed by a correction onto the boundary (after
Abdollahpour et al. 2024, "SuperDeepFool: a new fast and accurate minimal adversarial attack",
algorithm 2, SDF(infinity, 1), who alternate full projections with DeepFool until a projected image
fools). It has no target.

Deviations: w leaves out what lies at a bound of [0, 1] and would leave it, since the clipping takes
more from such a step than the overshoot gives; it belongs to the best rival of the moment and not
to the class whose linearised boundary is nearest, so that an iteration costs one gradient and not
one a class; the projections are damped (why: `refinement`), their number is fixed, and the shortest
perturbation that fooled is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor

from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import Iterative, Refined
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.gradients import l2_norms
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier

UNTARGETED = True


class Parameters(Refined, Iterative):
    """Iterations to the boundary and along it."""

    budget: int = Field(50, ge=1, le=100_000, description="Most iterations to the boundary.")
    objective: Literal["margin"] = Field("margin", description="The margin, always.")
    overshoot: float = Field(
        0.02, ge=0, le=1, description="Share by which a step exceeds its estimate."
    )
    refine: int = Field(30, ge=1, le=10_000, description="Projections, a gradient each.")


class NewtonSteps:
    """Update: to the boundary of the linearised network and a little beyond."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """The overshoot."""
        del image
        return {"overshoot": torch.tensor(float(attack.run.parameters.overshoot))}

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """(1 + o) |m|; a gradient of zeros raises nothing."""
        wanted = (1 + state["overshoot"]) * state["deficit"].double()
        return torch.where(l2_norms(gradients) > 0, wanted, 0.0)

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """X + (1 + o) |m| / |w|_2^2 w; a row without a gradient stays where it is."""
        free = torch.where(gradients > 0, images < 1, images > 0)
        usable = gradients * free
        square = l2_norms(usable).square()
        length = torch.where(square > 0, self.rise(gradients, state) / square, 0.0)
        moved = images + length.to(images.dtype).view(-1, 1, 1, 1) * usable
        return moved.clamp_(0, 1), {}


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, NewtonSteps(), slots=slots, usage=usage)
