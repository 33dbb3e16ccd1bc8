"""Projected gradient descent in L2: steps of one length that do not leave a ball.

    x <- clip(P(x + alpha * g / |g|_2), 0, 1),  P(y) = x_0 + (y - x_0) min(1, epsilon / |y - x_0|_2)

g = dJ / dx, J the log-probability of the target, or untargeted minus that of the label (Madry et
al. 2018, section 2.1 and appendix on L2 balls). With `random_start` the first move leads to a point
drawn uniformly from the ball, as there, and costs an iteration. Clipping follows the projection, as
in foolbox; it only shortens the perturbation. Deviation: it ends as soon as the model is fooled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import OnLogProbability, Refined
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field
from inputgrad.engine.gradients import l2_norms, unit
from inputgrad.engine.randomness import generator
from inputgrad.engine.slots import State, Usage
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="epsilon_l2",
        kind="real",
        unit="[0, 1] units",
        low=0,
        high=1000,
        meaning="Longest perturbation in L2 that the attack may make.",
    ),
)


class Parameters(Refined, OnLogProbability):
    """Ball, step length and start, beside what iterative attacks share."""

    epsilon_l2: float = Field(
        3.0, gt=0, le=1000, description="Radius of the ball in L2, [0, 1] units."
    )
    alpha_l2: float = Field(
        0.25, gt=0, le=1000, description="Length of a step in L2, [0, 1] units."
    )
    random_start: bool = Field(True, description="Begin at a point drawn from the ball.")


class ProjectedSteps:
    """Update: unit steps, then the nearest point of the ball and of [0, 1]."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """Photograph, radius, step, and the point where the attack begins."""
        chosen = attack.run.parameters
        return {
            "photograph": image,
            "epsilon": torch.tensor(float(chosen.epsilon_l2)),
            "alpha": torch.tensor(float(chosen.alpha_l2)),
            "begun": torch.tensor(not chosen.random_start),
            "first": _drawn(attack, image) if chosen.random_start else image,
        }

    def rise(self, gradients: Tensor, state: State) -> Tensor:
        """Alpha * |g|_2, as long as the ball is not reached."""
        return state["alpha"] * l2_norms(gradients)

    def step(self, images: Tensor, gradients: Tensor, state: State) -> tuple[Tensor, State]:
        """The next point; the drawn one where the attack has not begun."""
        moved = images + state["alpha"].view(-1, 1, 1, 1) * unit(gradients)
        way = moved - state["photograph"]
        share = (state["epsilon"] / l2_norms(way).clamp(min=1e-12)).clamp(max=1).float()
        inside = state["photograph"] + way * share.view(-1, 1, 1, 1)
        begun = state["begun"]
        following = torch.where(begun.view(-1, 1, 1, 1), inside, state["first"])
        return following.clamp_(0, 1), {"begun": torch.ones_like(begun)}


def _drawn(attack: Attack, image: Tensor) -> Tensor:
    """A point (3, H, W) drawn uniformly from the ball, clipped to [0, 1]."""
    stream = generator(attack.seed, attack.image.image_id, "pgd_l2")
    direction = torch.randn(image.shape, generator=stream)
    # the share of a ball's volume within a radius r is (r / epsilon)^n
    radius = float(torch.rand((), generator=stream, dtype=torch.float64)) ** (1 / image.numel())
    length = attack.run.parameters.epsilon_l2 * radius
    drawn: Tensor = (image + length * direction / direction.norm()).clamp(0, 1)
    return drawn


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, ProjectedSteps(), slots=slots, usage=usage)
