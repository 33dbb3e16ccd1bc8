"""The engine's gradient steps per second over those of a bare loop at its best batch.

The bare loop does nothing but forward and backward on one fixed batch: no clipping, no norm, no
test of success, no results. Same processes, threads, memory format and allocator on both sides;
ours are counted as executed slot-steps, so an unused slot is `slot_use`'s business, not this one's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inputgrad.pixels import to_tensor
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Network, Task
from inputgrad_bench.sides import Counts, Crew, Side, alternate, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "engine_efficiency"
REQUIRES: tuple[str, ...] = ()
TARGETS = {"cpu": Target(0.92), "cuda": Target(0.90)}


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    attacks = engine.attacks(job.samples(), budget=task.network.budget)
    job.attack(attacks[: task.slots])

    def work() -> Counts:
        _wait(task)
        usage = job.attack(attacks)
        _wait(task)
        return {"rows": usage.executed, "live": usage.live}

    return work


def _bare(task: Task) -> Callable[[], Counts]:
    job, batch = engine.job(task), task.options["batch"]
    pixels = [to_tensor(s.pixels) for s in job.samples()]
    images = torch.stack([pixels[i % len(pixels)] for i in range(batch)]).to(task.device)
    images = images.contiguous(memory_format=torch.channels_last)
    column = torch.arange(batch, device=task.device)[:, None]

    def climb(steps: int) -> Counts:
        for _ in range(steps):
            leaf = images.detach().requires_grad_()
            score = job.classifier(leaf).logits.gather(1, column).sum()
            torch.autograd.grad(score, leaf)
        _wait(task)
        return {"rows": steps * batch}

    climb(2)
    return lambda: climb(max(1, task.options["rows"] // batch))


def _wait(task: Task) -> None:
    """Let the device finish, so that the clock tells what was done."""
    if task.device == "cuda":
        torch.cuda.synchronize()


SIDES = {"bare": Side(_bare, ours=True), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network."""
    network, setting = bench.networks[0], bench.setting
    rows = setting.photographs * setting.steps // setting.cores
    tried = {batch: _rate(bench, network, batch, rows) for batch in setting.batches}
    best = max(tried, key=lambda batch: tried[batch])
    tasks = {
        "ours": bench.task(KEY, "ours", network),
        "bare": bench.task(KEY, "bare", network, batch=best, rows=2 * rows),
    }
    measured = alternate(tasks, SIDES, setting)
    pairs = zip(measured["ours"], measured["bare"], strict=True)
    values = [ours.rate("rows") / bare.rate("rows") for ours, bare in pairs]
    made_of = details(measured) | {"best_batch": best, "rows_per_second_by_batch": tried}
    return [Figure(KEY, network.name, values, TARGETS[setting.device], made_of)]


def _rate(bench: Bench, network: Network, batch: int, rows: int) -> float:
    """Rows per second of the bare loop at one batch."""
    task = bench.task(KEY, "bare", network, batch=batch, rows=rows)
    with Crew(task, SIDES["bare"], bench.setting) as crew:
        return crew.run().rate("rows")
