"""Gradient steps per second against foolbox's iterative attack in L2.

Both sides take the same number of steps of the same small length, so small that no target is
reached: foolbox's loop does not stop at success, ours does. Foolbox gets batches of 16, as in its
own examples, and an ordinary network, whose weights' gradients it computes along the way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inputgrad.images.tensors import to_tensor
from inputgrad_bench import engine, networks
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "attack_vs_foolbox"
REQUIRES = ("foolbox",)
TARGET = Target(1.9)
ETA = 1e-4  # L2 in [0, 1] units
BATCH = 16  # `foolbox.samples(model, batchsize=16)` in its README


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    attacks = engine.attacks(job.samples(), eta=ETA, budget=task.options["steps"])
    job.attack(attacks[: task.slots])

    def work() -> Counts:
        job.attack(attacks)
        return {"steps": len(attacks) * task.options["steps"]}

    return work


def _foolbox(task: Task) -> Callable[[], Counts]:
    from foolbox.attacks.basic_iterative_method import L2BasicIterativeAttack
    from foolbox.criteria import TargetedMisclassification
    from foolbox.models.pytorch import PyTorchModel

    classifier = networks.load_plain(task.network, task.device)
    classifier.network.requires_grad_(True)
    normalise = {"mean": classifier.mean[0], "std": classifier.std[0]}
    model = PyTorchModel(
        classifier.network, bounds=(0, 1), device=task.device, preprocessing=normalise
    )
    samples = [engine.sample(photo, classifier) for photo in task.photographs]
    images = torch.stack([to_tensor(s.pixels) for s in samples]).to(task.device)
    targets = torch.tensor([engine.target_of(p) for p in task.photographs], device=task.device)

    def attack(steps: int, count: int) -> Counts:
        attack = L2BasicIterativeAttack(abs_stepsize=ETA, steps=steps)
        for start in range(0, count, BATCH):
            batch = slice(start, min(count, start + BATCH))
            criterion = TargetedMisclassification(targets[batch])
            attack(model, images[batch], criterion, epsilons=ETA * steps)
        return {"steps": count * steps}

    attack(1, 1)
    return lambda: attack(task.options["steps"], len(images))


SIDES = {"foolbox": Side(_foolbox), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network."""
    network, steps = bench.networks[0], bench.setting.steps
    tasks = {side: bench.task(KEY, side, network, steps=steps) for side in SIDES}
    measured = alternate(tasks, SIDES, bench.setting)
    values = [
        (ours.total("steps") / ours.seconds) / (theirs.total("steps") / theirs.seconds)
        for theirs, ours in zip(measured["foolbox"], measured["ours"], strict=True)
    ]
    target = TARGET if bench.setting.device == "cpu" else None
    return [Figure(KEY, network.name, values, target, details(measured))]
