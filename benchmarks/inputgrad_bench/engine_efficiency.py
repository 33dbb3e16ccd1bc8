"""The engine's gradient steps per second over those of a bare loop at its best batch.

The bare loop does nothing but forward and backward on one fixed batch: no clipping, no norm, no
test of success, no results. Same threads, memory format and allocator on both sides; ours are
counted as executed slot-steps, so an unused slot is `slot_use`'s business, not this one's. The
sides take turns of about a second, since a shared machine does not keep its speed for longer, and
each has processes of its own, so that none finds its memory disturbed by another's batch.

A network may know a shorter way than automatic differentiation to the gradient of one class
(SqueezeNet does, see `models/squeezenet.py`), so the figure can exceed 1. What the engine's own
work costs is seen over a bare loop that goes the same way: `over_own_gradient` in the details.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from inputgrad.adversarial.attacks import gradient_ascent
from inputgrad.adversarial.records import Result
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.slots import Usage
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Network, Task
from inputgrad_bench.sides import Counts, Crew, Measured, Side, started, take_turns

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "engine_efficiency"
REQUIRES: tuple[str, ...] = ()
TARGETS = {"cpu": Target(0.92), "cuda": Target(0.90)}
TURN = {"cpu": 8, "cuda": 64}  # the engine's steps in a turn, at least
ROUNDS = 4  # turns that look for the best batch

Gradient = Callable[[Classifier, Tensor, Tensor], object]


def _autograd(classifier: Classifier, images: Tensor, targets: Tensor) -> None:
    """One step of the bare loop, as anyone would write it."""
    leaf = images.detach().requires_grad_()
    score = classifier(leaf).gather(1, targets[:, None]).sum()
    torch.autograd.grad(score, leaf)


LOOPS: Mapping[str, Gradient] = {"bare": _autograd, "own_gradient": score_and_gradient}


def _engine(task: Task) -> Callable[[], Counts]:
    """A turn goes on where the last one ended, and from the first photograph after the last."""
    job = engine.job(task)
    attacks = engine.attacks(job.samples(), budget=task.network.budget)
    job.attack(attacks[: task.slots])
    usage, passes = Usage(), 0
    running: Iterator[tuple[int, Result]] = iter(())

    def work() -> Counts:
        nonlocal running, passes
        before = usage.executed
        while usage.executed - before < TURN[task.device] * task.slots:
            if next(running, None) is None:
                passes += 1
                running = gradient_ascent.attack(
                    job.classifier, attacks, slots=task.slots, usage=usage
                )
        _wait(task)
        return {"rows": usage.executed - before, "passes_begun": passes}

    return work


def _loop(task: Task) -> Callable[[], Counts]:
    job, batch, gradient = engine.job(task), task.options["batch"], LOOPS[task.side]
    pixels = [to_tensor(sample.pixels) for sample in job.samples()]
    images = torch.stack([pixels[i % len(pixels)] for i in range(batch)]).to(task.device)
    images = images.contiguous(memory_format=torch.channels_last)
    targets = torch.arange(batch, device=task.device)
    steps = max(1, TURN[task.device] * task.slots // batch)

    def work() -> Counts:
        for _ in range(steps):
            gradient(job.classifier, images, targets)
        _wait(task)
        return {"rows": steps * batch}

    work()
    return work


def _wait(task: Task) -> None:
    """Let the device finish, so that the clock tells what was done."""
    if task.device == "cuda":
        torch.cuda.synchronize()


SIDES = {"engine": Side(_engine, ours=True)} | {name: Side(_loop, ours=True) for name in LOOPS}


def measure(bench: Bench) -> list[Figure]:
    """The first network; one value for every pass through all photographs."""
    network, setting = bench.networks[0], bench.setting
    rates = {name: _rates(bench, network, name) for name in LOOPS}
    best = {name: max(found, key=lambda batch: found[batch]) for name, found in rates.items()}
    tasks = {"engine": bench.task(KEY, "engine", network)}
    for name, batch in best.items():
        tasks[name] = bench.task(KEY, name, network, batch=batch)
    with started(tasks, SIDES, setting) as crews:
        passes = [_one_pass(crews, number) for number in range(1, setting.repetitions + 1)]
    made_of: dict[str, Any] = {
        "over_own_gradient": [_rate(p["engine"]) / _rate(p["own_gradient"]) for p in passes],
        "turns": [len(p["engine"]) for p in passes],
        "rows_per_second": [{name: _rate(p[name]) for name in p} for p in passes],
        "best_batch": best,
        "rows_per_second_by_batch": rates,
    }
    values = [_rate(p["engine"]) / _rate(p["bare"]) for p in passes]
    return [Figure(KEY, network.name, values, TARGETS[setting.device], made_of)]


def _rates(bench: Bench, network: Network, loop: str) -> dict[int, float]:
    """Rows a second of a loop by batch, the batches in turn."""
    tasks = {n: bench.task(KEY, loop, network, batch=n) for n in bench.setting.batches}
    with started(tasks, SIDES, bench.setting) as crews:
        return {batch: _rate(turns) for batch, turns in take_turns(crews, ROUNDS).items()}


def _one_pass(crews: Mapping[str, Crew], number: int) -> dict[str, list[Measured]]:
    """Turns until every process of the engine has attacked all its photographs `number` times."""
    measured: dict[str, list[Measured]] = {name: [] for name in crews}
    while True:
        for name, turns in take_turns(crews, 2).items():
            measured[name] += turns
        if min(job["passes_begun"] for job in measured["engine"][-1].jobs) > number:
            return measured


def _rate(turns: Sequence[Measured]) -> float:
    """Rows a second of a side over all its turns, its processes added up."""
    jobs = range(len(turns[0].jobs))
    rows = [sum(turn.jobs[job]["rows"] for turn in turns) for job in jobs]
    seconds = [sum(turn.jobs[job]["seconds"] for turn in turns) for job in jobs]
    return sum(r / s for r, s in zip(rows, seconds, strict=True))
