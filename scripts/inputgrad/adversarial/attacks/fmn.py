"""Fast minimum norm: the shortest perturbation in L2 by a radius that follows the boundary.

    d <- P(d + alpha_k * g / |g|_2),  P onto the ball of radius epsilon, then into [0, 1]
    epsilon <- |d|_2 + |m| / |grad m|_2 until the model is first fooled; then it shrinks by gamma_k
    where the model is fooled, to |d_best|_2 at most, and grows by gamma_k where it is not

m the margin between target (untargeted: the best rival) and its strongest competitor, alpha_k and
gamma_k decaying by a cosine (Pintor et al. 2021, algorithm 1). All iterations are made, by foolbox,
and the shortest perturbation that fooled is kept. Deviations: foolbox 3.3.4's projection onto the
L2 ball scales by |x| / |x| and so never projects, here it is the paper's; and the ball is wider by
`OVERSHOOT`, since of a nearly linear network the boundary would be reached and never crossed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import eagerpy
from foolbox.attacks.fast_minimum_norm import L2FMNAttack

from inputgrad.adversarial.foolbox_attacks import Foolbox, run_foolbox
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field, Settings
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier

OVERSHOOT = 1e-3


class Parameters(Settings):
    """Iterations, and how far they go."""

    budget: int = Field(100, ge=1, le=100_000, description="Iterations, all of which are made.")
    alpha: float = Field(
        1.0, gt=0, le=1000, description="First step's length in L2, [0, 1] units; it decays to 1 %."
    )
    gamma: float = Field(
        0.05, gt=0, lt=1, description="Share by which the radius changes in the first iteration."
    )


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from run_foolbox(classifier, attacks, _fmn, slots=slots, usage=usage)


def _fmn(parameters: Parameters) -> Foolbox:
    return Foolbox(
        Projecting(steps=parameters.budget, max_stepsize=parameters.alpha, gamma=parameters.gamma),
        looks=parameters.budget,
    )


class Projecting(L2FMNAttack):
    """foolbox's attack with the projection onto the L2 ball."""

    def project(self, x: Any, x0: Any, epsilon: Any) -> Any:
        """The nearest point of the ball of radius (1 + o) epsilon, (N,), around x0 (N, 3, H, W)."""
        way = x - x0
        norms = eagerpy.maximum(way.reshape((len(x), -1)).norms.l2(axis=-1), 1e-12)
        share = eagerpy.minimum(1, (1 + OVERSHOOT) * epsilon / norms)
        return x0 + way * share.reshape((-1, 1, 1, 1))
