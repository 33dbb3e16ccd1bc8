"""DeepFool: the nearest boundary of a linearised network, crossed again and again.

    d <- d + |z_k - z_y| / |w_k|_2^2 * w_k,  w_k = d(z_k - z_y) / dx,  x <- clip(x_0 + (1 + o) * d)

y the label, k the class whose linearised boundary is nearest, o the overshoot (Moosavi-Dezfooli et
al. 2016, algorithm 2), by foolbox. It has no target. As in foolbox only the `candidates` of highest
score are looked at, each of which costs a gradient, and each step is longer by 1e-4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foolbox.attacks.deepfool import L2DeepFoolAttack

from inputgrad.adversarial.foolbox_attacks import Foolbox, run_foolbox
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field, Settings
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier

UNTARGETED = True


class Parameters(Settings):
    """Iterations, and among which classes it looks for the nearest."""

    budget: int = Field(50, ge=1, le=100_000, description="Most iterations.")
    candidates: int = Field(
        10, ge=2, le=1000, description="Classes of highest score, the label among them."
    )
    overshoot: float = Field(
        0.02, ge=0, le=1, description="Share by which the perturbation exceeds its estimate."
    )


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from run_foolbox(classifier, attacks, _deepfool, slots=slots, usage=usage)


def _deepfool(parameters: Parameters) -> Foolbox:
    each = parameters.candidates - 1
    return Foolbox(
        L2DeepFoolAttack(
            steps=parameters.budget,
            candidates=parameters.candidates,
            overshoot=parameters.overshoot,
        ),
        looks=1 + each * parameters.budget,
        iteration_of=lambda forward: -((1 - forward) // each),  # one pass before the first
        ends_when_fooled=True,
    )
