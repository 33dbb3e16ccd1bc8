"""What ROAD, deletion and insertion cost beside the forward passes that they cannot do without.

`deletion_insertion_overhead`: seconds an image of both areas of one map, over those of bare forward
passes. `imputation_cost`: seconds to impute a photograph under one mask, over those of one forward
pass; the masks are ROAD's, of gradient maps, in both orders. The maps are made beforehand and the
photographs decoded, on all sides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from inputgrad.engine.records import ImageItem, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.imputation import noisy_linear
from inputgrad.images.ranking import ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency import explain
from inputgrad.saliency.measures import deletion_insertion, road
from inputgrad.saliency.methods import gradient
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details, ratios

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "removal"
REQUIRES = ("scipy",)
TARGETS = {
    "deletion_insertion_overhead": Target(1.2, at_least=False),
    "imputation_cost": Target(6, at_least=False),
}
RUN = Run("gradient", "gradient", gradient.Parameters())
PHOTOGRAPHS_PER_CORE = 4  # each takes 56 forward passes
FORWARD = 14  # batches a photograph on the bare side


def outcomes(job: engine.Job) -> list[Outcome]:
    """The gradient map of each of a job's photographs."""
    items = [ImageItem(sample, RUN) for sample in job.samples()]
    found = explain.compute(job.classifier, items, seed=0, slots=job.task.slots)
    return [Outcome(items[n], [record.row], record.arrays) for n, (record,) in found]


def _forward(task: Task) -> Callable[[], Counts]:
    """A loop of forward passes on one batch."""
    job = engine.job(task)
    pixels = [to_tensor(sample.pixels) for sample in job.samples()]
    images = torch.stack([pixels[n % len(pixels)] for n in range(task.slots)]).to(task.device)
    images = images.contiguous(memory_format=torch.channels_last)

    def work() -> Counts:
        batches = FORWARD * len(pixels)
        with torch.no_grad():
            for _ in range(batches):
                job.classifier(images).cpu()
        return {"images": batches * task.slots}

    work()
    return work


def _deletion_insertion(task: Task) -> Callable[[], Counts]:
    job, parameters = engine.job(task), deletion_insertion.Parameters()
    maps, tools = outcomes(job), Tools(job.classifier, seed=0, slots=task.slots)

    def work() -> Counts:
        count = sum(1 for _ in deletion_insertion.measure(maps, parameters, tools))
        return {"images": count * 2 * parameters.steps}

    return work


def _imputation(task: Task) -> Callable[[], Counts]:
    job, shares = engine.job(task), road.Parameters().shares
    given = []
    for outcome in outcomes(job):
        photograph = outcome.item.image
        order = ranks(outcome.arrays["map"], seed=0, image_id=photograph.image_id)
        image = to_tensor(photograph.pixels).to(task.device)
        masks = road.removed_masks(order, shares).to(task.device)
        given.append((image, masks, 0.01 * torch.randn_like(image)))

    def work() -> Counts:
        return {"images": sum(len(noisy_linear(*one).cpu()) for one in given)}

    return work


SIDES = {
    "forward": Side(_forward, ours=True),
    "deletion_insertion": Side(_deletion_insertion, ours=True),
    "imputation": Side(_imputation, ours=True),
}


def measure(bench: Bench) -> list[Figure]:
    """The first network; a few photographs for each core."""
    network, setting = bench.networks[0], bench.setting
    count = min(setting.photographs, PHOTOGRAPHS_PER_CORE * setting.cores)
    tasks = {side: bench.task(KEY, side, network, count=count) for side in SIDES}
    measured = alternate(tasks, SIDES, setting)
    figures = []
    for key, side in zip(TARGETS, ("deletion_insertion", "imputation"), strict=True):
        values = ratios(measured, side, "forward", per="images")
        target = TARGETS[key] if setting.device == "cpu" else None
        pair = {name: measured[name] for name in ("forward", side)}
        figures.append(Figure(key, network.name, values, target, details(pair)))
    return figures
