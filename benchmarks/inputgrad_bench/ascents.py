"""What class visualisation costs beside the gradients that it climbs, in one process.

`fourier_overhead`: processor seconds of an ascent in Fourier coefficients over those of the same
ascent, views and optimiser included, in pixels. `grid_overhead`: those of 27 settings of
`normalized`, drawn as one call, over as many bare gradient steps in the engine's batch. The parts
of a ratio take turns in one process, since a shared machine does not keep its speed for longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch

from inputgrad import registry
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.records import ClassItem, Run, Start
from inputgrad_bench import engine
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Side, alternate, details, over, taking_turns

if TYPE_CHECKING:
    from inputgrad.models.classifier import Classifier
    from inputgrad_bench.bench import Bench

KEY = "ascents"
REQUIRES: tuple[str, ...] = ()
TARGETS = {
    "fourier_overhead": Target(1.25, at_least=False),
    "grid_overhead": Target(1.1, at_least=False),
}
ETAS, LAMBDAS, SIGMAS = (2.0, 8.0, 32.0), (0.0, 1e-3, 0.03), (0.0, 0.5, 1.0)


def _draw(classifier: Classifier, settings: Sequence[tuple[str, Any]], slots: int) -> None:
    items = [
        ClassItem(n, Start("noise"), Run("run", method, parameters))
        for n, (method, parameters) in enumerate(settings)
    ]
    for _, records in compute(classifier, items, seed=0, slots=slots):
        assert not records[-1].row["diverged"]


def _fourier(task: Task) -> dict[str, Callable[[], None]]:
    """One batch of ascents by `fourier`, and the same in pixels."""
    job, steps = engine.job(task), task.options["steps"]
    parameters = registry.load("class_visualization", "fourier").Parameters

    def of(parameterization: str) -> Callable[[], None]:
        one = parameters(iterations=steps, snapshots=[], parameterization=parameterization)
        return lambda: _draw(job.classifier, [("fourier", one)] * task.slots, task.slots)

    return {"over": of("fourier"), "under": of("pixels")}


def _grid(task: Task) -> dict[str, Callable[[], None]]:
    """27 settings as one call, and their gradients alone."""
    job, steps, slots = engine.job(task), task.options["steps"], task.slots
    parameters = registry.load("class_visualization", "normalized").Parameters
    fixed = {"iterations": steps, "snapshots": []}
    settings = [
        ("normalized", parameters(**{"eta": e, "lambda": w, "blur_sigma": s} | fixed))
        for e in ETAS
        for w in LAMBDAS
        for s in SIGMAS
    ]
    side = job.classifier.input_size
    images = torch.rand(slots, 3, side, side).contiguous(memory_format=torch.channels_last)
    images, targets = images.to(task.device), torch.arange(slots, device=task.device)

    def gradients() -> None:
        for _ in range(round(len(settings) * steps / slots)):
            score_and_gradient(job.classifier, images, targets, space="normalized")

    return {"over": lambda: _draw(job.classifier, settings, slots), "under": gradients}


SIDES = {
    "fourier_overhead": Side(taking_turns(_fourier), ours=True, single=True),
    "grid_overhead": Side(taking_turns(_grid), ours=True, single=True),
}


def measure(bench: Bench) -> list[Figure]:
    """The first network, for processors alone: a device's work takes no processor time."""
    network, setting = bench.networks[0], bench.setting
    options = {"steps": setting.steps}
    tasks = {side: bench.task(KEY, side, network, count=1, **options) for side in SIDES}
    measured = alternate(tasks, SIDES, setting)
    figures = []
    for name, repetitions in measured.items():
        values = [over(one) for one in repetitions]
        target = TARGETS[name] if setting.device == "cpu" else None
        figures.append(Figure(name, network.name, values, target, details({name: repetitions})))
    return figures
