"""Carlini and Wagner's attack in L2: the perturbation's norm and the margin in one sum.

    minimise |x - x_0|_2^2 + c * max(0, kappa - m(x)),  x = (tanh(w) + 1) / 2

over w by Adam, m the margin of the target over its best rival (untargeted: of the best rival over
the label), c by binary search (Carlini and Wagner 2017, section VI.A, f_6), by foolbox. All steps
of all searches are made: foolbox's `abort_early` looks at the whole batch and is off, so an image's
end does not hang on its neighbours. The shortest perturbation that fooled is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from foolbox.attacks.carlini_wagner import L2CarliniWagnerAttack

from inputgrad.adversarial.foolbox_attacks import Foolbox, run_foolbox
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field, Settings
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier


class Parameters(Settings):
    """The search for the constant, and Adam's steps for each."""

    searches: int = Field(5, ge=1, le=9, description="Constants that are tried.")
    steps: int = Field(
        100, ge=1, le=100_000, description="Iterations for each constant, all of which are made."
    )
    step_size: float = Field(0.01, gt=0, le=10, description="Adam's step size.")
    confidence: float = Field(0.0, ge=0, le=1000, description="Margin kappa, logits.")
    initial_const: float = Field(0.1, gt=0, le=1e6, description="The first constant c.")

    @property
    def budget(self) -> int:
        """Iterations of all searches together."""
        return self.searches * self.steps


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from run_foolbox(classifier, attacks, _carlini_wagner, slots=slots, usage=usage)


def _carlini_wagner(parameters: Parameters) -> Foolbox:
    return Foolbox(
        L2CarliniWagnerAttack(
            binary_search_steps=parameters.searches,
            steps=parameters.steps,
            stepsize=parameters.step_size,
            confidence=parameters.confidence,
            initial_const=parameters.initial_const,
            abort_early=False,
        ),
        looks=parameters.budget,
        zeros_where_failed=True,
    )
