"""Iterative attacks: an update, run for many photographs under their parameters.

An attack of this kind is its `Parameters` (with those of `parameters.Iterative`), its update, and

    def attack(classifier, attacks, *, slots, usage=None):
        yield from iterate(classifier, attacks, Update(), slots=slots, usage=usage)

Attacks of one precision, objective and criterion share the rows of the slot engine. What a run asks
for beyond that, further steps (`beyond`) or the way back (`refinement`), follows for those that
fooled the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.adversarial.beyond import drive_on
from inputgrad.adversarial.bfloat16 import run_in_bfloat16
from inputgrad.adversarial.criteria import criterion_of
from inputgrad.adversarial.loop import Loop, Update
from inputgrad.adversarial.objectives import OBJECTIVES
from inputgrad.adversarial.records import Attack, Ended, Result
from inputgrad.adversarial.refinement import refine
from inputgrad.engine.slots import Usage, run_slots
from inputgrad.models.classifier import Classifier

STEPS_BETWEEN_LOOKS = {"cuda": 4}  # a look waits for the device; elsewhere at every step


def iterate(
    classifier: Classifier,
    attacks: Sequence[Attack],
    update: Update,
    *,
    slots: int,
    usage: Usage | None = None,
) -> Iterator[tuple[int, Result]]:
    """(position in `attacks`, result) in the order of finishing.

    Args:
        classifier: the network under attack.
        attacks: the photographs, with runs whose parameters include those of `Iterative`.
        update: how the images move.
        slots: rows of the constant batch, >= 1.
        usage: filled in with the slot-steps that computed a gradient.
    """
    look = STEPS_BETWEEN_LOOKS.get(classifier.mean.device.type, 1)
    for (precision, objective, *_), positions in _alike(attacks).items():
        group = [attacks[position] for position in positions]
        loop = Loop(classifier, update, OBJECTIVES[objective], criterion_of(group[0]))
        run = run_in_bfloat16 if precision == "bfloat16" else run_slots
        found = run(loop, group, slots=slots, check_every=look, usage=usage)
        ended = (Ended(positions[n], attacks[positions[n]], result) for n, result in found)
        driven = drive_on(loop, ended, slots=slots, usage=usage)
        refined = refine(classifier, loop.criterion, driven, slots=slots, usage=usage)
        yield from ((one.position, one.result) for one in refined)


def _alike(attacks: Sequence[Attack]) -> dict[tuple[str, str, bool, int], list[int]]:
    """Positions by (precision, objective, whether targeted, rows of the trace)."""
    groups: dict[tuple[str, str, bool, int], list[int]] = {}
    for position, attack in enumerate(attacks):
        chosen = attack.run.parameters
        rows = chosen.budget // chosen.trace + 1 if chosen.trace else 0
        key = (chosen.search_precision, chosen.objective, attack.target is not None, rows)
        groups.setdefault(key, []).append(position)
    return groups
