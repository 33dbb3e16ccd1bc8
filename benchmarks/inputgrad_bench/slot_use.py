"""Share of the executed slot-steps that worked on a live image: one job, default budget.

It counts steps, not time, and is the same whenever it is measured. Random weights hardly ever
reach a target, so nothing ever leaves its slot early: only trained networks tell anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Skipped, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Crew, Side, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "slot_use"
REQUIRES: tuple[str, ...] = ()
TARGET = Target(0.85)


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    attacks = engine.attacks(job.samples(), budget=task.network.budget)
    return lambda: dict(vars(job.attack(attacks)))


SIDES = {"ours": Side(_ours, ours=True, single=True)}


def measure(bench: Bench) -> list[Figure | Skipped]:
    """Every trained network."""
    figures: list[Figure | Skipped] = []
    for network in bench.networks:
        if network.trained:
            with Crew(bench.task(KEY, "ours", network), SIDES["ours"], bench.setting) as crew:
                run = crew.run()
            value = run.total("live") / run.total("executed")
            figures.append(Figure(KEY, network.name, [value], TARGET, details({"ours": [run]})))
    return figures or [Skipped(KEY, "no network here is trained; give one with --checkpoint")]
