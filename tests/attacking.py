"""Attacks on small networks, run as the workflow runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from inputgrad import registry
from inputgrad.adversarial.generator_network import to_arrays, untrained
from inputgrad.adversarial.records import Attack, Counters, Result
from inputgrad.adversarial.targets import choose_targets
from inputgrad.config.settings import runs_elsewhere
from inputgrad.engine.records import Arrays, ImageItem, LabelledImage, Run
from inputgrad.engine.slots import Usage
from inputgrad.models.classifier import Classifier

SLOTS = 3


def run_of(method: str = "gradient_ascent", *, name: str = "run", **parameters: Any) -> Run:
    """A configured attack, its parameters checked."""
    return Run(name, method, registry.load("adversarial", method).Parameters(**parameters))


def aimed(
    classifier: Classifier, images: Sequence[LabelledImage], run: Run, policy: str
) -> list[Attack]:
    """One attack for each photograph, on the target of a policy."""
    items = [ImageItem(image, run, policy) for image in images]
    targets = choose_targets(classifier, items, seed=0, slots=SLOTS)
    return [attack_on(i, run, target) for i, target in zip(images, targets, strict=True)]


def attack_on(image: LabelledImage, run: Run, target: int | None) -> Attack:
    """An attack on a target; a map that the run asks for is the photograph's brightness.

    What is trained has weights drawn at random, with which it makes strong patterns.
    """
    brightness = image.pixels.mean(axis=2, dtype=np.float32)
    named = runs_elsewhere(run.parameters).values()
    inputs: dict[str, Arrays] = {name: {"map": brightness} for _, name in named}
    if run.method in registry.TRAININGS:
        inputs[run.name] = _drawn_weights(run.parameters, side=image.pixels.shape[0])
    return Attack(image, run, target, inputs=inputs)


def _drawn_weights(parameters: Any, *, side: int) -> Arrays:
    random = torch.Generator().manual_seed(0)
    drawn = untrained(
        side=side,
        width=parameters.width,
        blocks=parameters.blocks,
        random=random,
        device=torch.device("cpu"),
    )
    drawn.last.weight.data.mul_(30)
    return to_arrays(drawn)


def attacked(
    classifier: Classifier,
    attacks: Sequence[Attack],
    *,
    slots: int = SLOTS,
    usage: Usage | None = None,
) -> list[Result]:
    """Results in the order of the attacks, which are all of one method."""
    attack = registry.load("adversarial", attacks[0].run.method).attack
    found = dict(attack(classifier, attacks, slots=slots, usage=usage))
    assert len(found) == len(attacks)
    return [found[position] for position in range(len(attacks))]


def counters(result: Result) -> Counters:
    """What an attack that took place has counted."""
    assert result.counters is not None
    return result.counters


def bits(result: Result) -> tuple[bytes, str]:
    """Everything that a result holds, to be compared."""
    counted = result.counters and asdict(result.counters)
    return result.image.tobytes(), repr((result.prediction, counted, dict(result.own)))


def predicted(classifier: Classifier, result: Result) -> int:
    """What the network sees where an attack ended, in a batch of the constant shape."""
    rows = torch.from_numpy(result.image)[None].repeat(SLOTS, 1, 1, 1)
    with torch.no_grad():
        return int(classifier(rows.to(classifier.mean.device))[0].argmax())
