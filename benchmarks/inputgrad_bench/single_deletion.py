"""Single deletion of many maps over the forward passes that it cannot do without.

Ours is all that a job does: occlude, cut maps into cells, rank them. The other side runs the same
network on as many images in batches of the same size, 65 for each photograph (8 x 8 cells and the
photograph itself), and nothing else. Both sides have their photographs decoded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from inputgrad.engine.records import ImageItem, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.saliency import explain
from inputgrad.saliency.measures import single_deletion
from inputgrad.saliency.methods import occlusion
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "single_deletion"
REQUIRES = ("scipy",)
TARGET = Target(1.15, at_least=False)
RUN = Run("occlusion", "occlusion", occlusion.Parameters())
FORWARDS = RUN.parameters.cells**2 + 1
PHOTOGRAPHS = 16  # enough for a turn of seconds
MAPS = 12  # of a photograph, whose cells are held to the same drops


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    tools = Tools(job.classifier, seed=0, slots=task.slots)
    items = [ImageItem(sample, RUN) for sample in job.samples()]
    side = job.classifier.input_size
    drawn = np.random.default_rng(0).random((MAPS, side, side), dtype=np.float32)
    settings = single_deletion.Parameters(drops=RUN.name)

    def measure() -> Counts:
        count = 0
        for position, (record,) in explain.compute(
            job.classifier, items, seed=tools.seed, slots=tools.slots
        ):
            drops = Outcome(items[position], [record.row], record.arrays)
            bare = replace(drops, inputs={RUN.name: drops})
            outcomes = [replace(bare, arrays={"map": one}) for one in drawn]
            count += sum(1 for _ in single_deletion.measure(outcomes, settings, tools))
        return {"maps": count}

    return measure


def _forwards(task: Task) -> Callable[[], Counts]:
    job, slots = engine.job(task), task.slots
    side = job.classifier.input_size
    images = torch.rand(slots, 3, side, side).contiguous(memory_format=torch.channels_last)
    images = images.to(task.device)
    passes = FORWARDS * -(-len(task.photographs) // slots)

    def run() -> Counts:
        with torch.no_grad():
            for _ in range(passes):
                logits = job.classifier(images)
        return {"forwards": passes * slots, "finite": float(logits.isfinite().sum())}

    return run


SIDES = {"ours": Side(_ours, ours=True), "forwards": Side(_forwards, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network."""
    network = bench.networks[0]
    tasks = {side: bench.task(KEY, side, network, count=PHOTOGRAPHS) for side in SIDES}
    measured = alternate(tasks, SIDES, bench.setting)
    pairs = zip(measured["ours"], measured["forwards"], strict=True)
    values = [ours.seconds / bare.seconds for ours, bare in pairs]
    target = TARGET if bench.setting.device == "cpu" else None
    return [Figure(KEY, network.name, values, target, details(measured))]
