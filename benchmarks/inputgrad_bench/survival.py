"""What it costs to judge the transformations of adversarial images, beside their forward passes.

`survival_overhead`: seconds an image that the measure `survival` judges (JPEG, resizing and noise,
of the image and of the photograph), over those of bare forward passes in the engine's batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from inputgrad.adversarial.measures import survival
from inputgrad.engine.records import ImageItem, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad_bench import engine, removal
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details, ratios

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "survival"
REQUIRES: tuple[str, ...] = ()
TARGETS = {"survival_overhead": Target(1.2, at_least=False)}
PHOTOGRAPHS_PER_CORE = 8  # each takes 10 forward passes


def _judged(task: Task) -> Callable[[], Counts]:
    """The photographs in the place of adversarial images: what is judged costs the same."""
    job, parameters = engine.job(task), survival.Parameters()
    run = Run("none", "none", parameters)
    outcomes = [
        Outcome(ImageItem(sample, run), [{"target": None}], {"image": sample.pixels})
        for sample in job.samples()
    ]
    tools = Tools(job.classifier, seed=0, slots=task.slots)

    def work() -> Counts:
        rows = sum(len(records) for records in survival.measure(outcomes, parameters, tools))
        return {"images": 2 * rows}

    work()
    return work


SIDES = {"forward": removal.SIDES["forward"], "survival": Side(_judged, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network; a few photographs for each core."""
    network, setting = bench.networks[0], bench.setting
    count = min(setting.photographs, PHOTOGRAPHS_PER_CORE * setting.cores)
    tasks = {side: bench.task(KEY, side, network, count=count) for side in SIDES}
    measured = alternate(tasks, SIDES, setting)
    values = ratios(measured, "survival", "forward", per="images")
    target = TARGETS["survival_overhead"] if setting.device == "cpu" else None
    return [Figure("survival_overhead", network.name, values, target, details(measured))]
