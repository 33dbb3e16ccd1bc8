"""Class visualisation, steps per second: our jobs on all cores against the notebook's loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inputgrad.class_visualization.methods.normalized import Parameters
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.records import ClassItem, Run, Start
from inputgrad_bench import engine, networks, notebook
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "classvis_vs_notebook"
REQUIRES = ("scipy",)
TARGET = Target(1.8)
SETTINGS: dict[str, Any] = {
    "eta": notebook.CLASS_ETA,
    "lambda_": notebook.LAMBDA,
    "shift": notebook.LARGEST_SHIFT,
    "blur_sigma": notebook.BLUR_SIGMA,
    "blur_every": notebook.BLUR_EVERY,
    "snapshots": [],
}


def _classes(task: Task) -> list[int]:
    """As many classes as the job has photographs: those are dealt, and their pixels unused."""
    return [photo.label for photo in task.photographs]


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)

    def draw(classes: list[int], steps: int) -> Counts:
        run = Run("normalized", "normalized", Parameters(**SETTINGS, iterations=steps))
        items = [ClassItem(c, Start("noise"), run) for c in classes]
        for _, records in compute(job.classifier, items, seed=0, slots=task.slots):
            assert records[-1].arrays["snapshots"].any()
        return {"steps": len(classes) * steps}

    draw(_classes(task)[:1], 1)
    return lambda: draw(_classes(task), task.options["steps"])


def _notebook(task: Task) -> Callable[[], Counts]:
    classifier = networks.load_plain(task.network, task.device)

    def draw(classes: list[int], steps: int) -> Counts:
        for class_index in classes:
            assert notebook.draw_class(classifier, class_index, steps=steps).isfinite().all()
        return {"steps": len(classes) * steps}

    draw(_classes(task)[:1], 1)
    return lambda: draw(_classes(task), task.options["steps"])


SIDES = {"notebook": Side(_notebook), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network; classes as many as fill our slots twice."""
    network, setting = bench.networks[0], bench.setting
    count = 2 * setting.slots * setting.cores
    options = {"steps": 3 * setting.steps}
    tasks = {side: bench.task(KEY, side, network, count=count, **options) for side in SIDES}
    measured = alternate(tasks, SIDES, setting)
    pairs = zip(measured["notebook"], measured["ours"], strict=True)
    values = [theirs.seconds / ours.seconds for theirs, ours in pairs]
    target = TARGET if setting.device == "cpu" else None
    return [Figure(KEY, network.name, values, target, details(measured))]
