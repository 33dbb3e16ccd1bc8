"""What it costs to judge the transformations of adversarial images, beside their forward passes.

`survival_overhead`: processor seconds of the measure `survival` (JPEG, resizing and noise, of the
image and of the photograph), over those of as many bare forward passes in the engine's batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inputgrad.adversarial.measures import survival
from inputgrad.engine.records import ImageItem, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Side, alternate, details, over, taking_turns

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "survival"
REQUIRES: tuple[str, ...] = ()
TARGETS = {"survival_overhead": Target(1.2, at_least=False)}
PHOTOGRAPHS = 8
CHANGES = 5  # of an image, and of its photograph


def _parts(task: Task) -> dict[str, Callable[[], None]]:
    """The photographs in the place of adversarial images: what is judged costs the same."""
    job, parameters = engine.job(task), survival.Parameters()
    run = Run("none", "none", parameters)
    outcomes = [
        Outcome(ImageItem(sample, run), [{"target": None}], {"image": sample.pixels})
        for sample in job.samples()
    ]
    tools = Tools(job.classifier, seed=0, slots=task.slots)
    side = job.classifier.input_size
    images = torch.rand(task.slots, 3, side, side).contiguous(memory_format=torch.channels_last)

    def judge() -> None:
        rows = sum(len(records) for records in survival.measure(outcomes, parameters, tools))
        assert rows == len(outcomes) * CHANGES

    def forwards() -> None:
        with torch.no_grad():
            for _ in range(2 * len(outcomes) * CHANGES // task.slots):
                job.classifier(images)

    return {"over": judge, "under": forwards}


SIDES = {KEY: Side(taking_turns(_parts), ours=True, single=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network, for processors alone: a device's work takes no processor time."""
    network, setting = bench.networks[0], bench.setting
    measured = alternate({KEY: bench.task(KEY, KEY, network, count=PHOTOGRAPHS)}, SIDES, setting)
    target = TARGETS["survival_overhead"] if setting.device == "cpu" else None
    values = [over(one) for one in measured[KEY]]
    return [Figure("survival_overhead", network.name, values, target, details(measured))]
