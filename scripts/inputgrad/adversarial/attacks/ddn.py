"""Decoupled direction and norm: the shortest perturbation in L2, by foolbox.

    d <- d + gamma_k * g / |g|_2,  d <- epsilon_k * d / |d|_2,  epsilon_k+1 = (1 -+ gamma) epsilon_k

g the gradient of the log-probability (minus the cross entropy), the radius epsilon smaller where
the model is fooled and larger where it is not (Rony et al. 2019, algorithm 1). All iterations are
made, and the shortest perturbation that fooled is kept; where none did, the photograph. As in
foolbox the image is not rounded to 8 bits on the way, unlike in the paper; deviations from foolbox
in `foolbox_attacks`. The counter `iterations` is that of the first fooling.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foolbox.attacks.ddn import DDNAttack

from inputgrad.adversarial.foolbox_attacks import Foolbox, run_foolbox
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field, Settings
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="forward_evaluations",
        kind="whole",
        unit="evaluations",
        low=0,
        better="lower",
        meaning="Forward passes, with or without a gradient; null where every pass has one.",
    ),
)


class Parameters(Settings):
    """Iterations and the radius."""

    budget: int = Field(100, ge=1, le=100_000, description="Iterations, all of which are made.")
    init_epsilon: float = Field(
        1.0, gt=0, le=1000, description="Radius to begin with, L2 norm in [0, 1] units."
    )
    gamma: float = Field(
        0.05, gt=0, lt=1, description="Share by which the radius changes in an iteration."
    )


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from run_foolbox(classifier, attacks, _ddn, slots=slots, usage=usage)


def _ddn(parameters: Parameters) -> Foolbox:
    return Foolbox(
        DDNAttack(
            init_epsilon=parameters.init_epsilon, steps=parameters.budget, gamma=parameters.gamma
        ),
        looks=parameters.budget,
    )
