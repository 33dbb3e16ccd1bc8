"""Targeted ascent until fooled: our jobs on all cores against the notebook's loop.

Seconds from the files to the last result, so decoding counts; starting Python and loading the
network do not, on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PIL import Image

from inputgrad_bench import engine, machine, networks, notebook
from inputgrad_bench.result import Figure, Skipped, Target
from inputgrad_bench.setting import ETA, Network, Photo, Task
from inputgrad_bench.sides import Counts, Measured, Side, alternate, details

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

REQUIRES = ("scipy",)
TARGETS = {"squeezenet1_1": 1.8, "efficientnet_lite0": 1.5}  # on a CPU
BFLOAT16_TARGETS = {"squeezenet1_1": 2.8}


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    settings = {"budget": task.network.budget, **task.options}
    job.attack(engine.attacks(job.samples()[: task.slots], **settings | {"budget": 1}))

    def work() -> Counts:
        usage = job.attack(engine.attacks(job.samples(), **settings))
        return {"photographs": len(task.photographs), **vars(usage)}

    return work


def _notebook(task: Task) -> Callable[[], Counts]:
    classifier = networks.load_plain(task.network, task.device)
    prepare = notebook.preprocessing(classifier)

    targets = [engine.target_of(photo) for photo in task.photographs]

    def attack(photographs: Sequence[Photo], budget: int) -> Counts:
        forward = 0
        for photo, target in zip(photographs, targets, strict=False):
            image = prepare(Image.open(photo.path).convert("RGB"))[None].to(task.device)
            forward += notebook.attack(classifier, image, target, eta=ETA, budget=budget)
        return {"photographs": len(photographs), "forward": forward}

    attack(task.photographs[:1], 2)
    return lambda: attack(task.photographs, task.network.budget)


SIDES = {"notebook": Side(_notebook), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure | Skipped]:
    """Every network in float32, and the first one with the search in bfloat16 as well.

    A processor that does not multiply in bfloat16 emulates it, many times slower than float32.
    """
    figures: list[Figure | Skipped] = []
    bfloat16 = bench.setting.device == "cuda" or machine.bfloat16() not in ("none", "unknown")
    if not bfloat16:
        reason = "this processor is not known to multiply in bfloat16"
        figures.append(Skipped("attack_vs_notebook_bf16", reason))
    for number, network in enumerate(bench.networks):
        tasks = {side: bench.task("attack_vs_notebook", side, network) for side in SIDES}
        if number == 0 and bfloat16:
            tasks["bfloat16"] = bench.task(
                "attack_vs_notebook", "ours", network, search_precision="bfloat16"
            )
        measured = alternate(tasks, SIDES, bench.setting)
        figures += _figures(measured, network, on_cpu=bench.setting.device == "cpu")
    return figures


def _figures(
    measured: dict[str, list[Measured]], network: Network, *, on_cpu: bool
) -> list[Figure]:
    keys = {"ours": ("attack_vs_notebook", TARGETS)}
    keys["bfloat16"] = ("attack_vs_notebook_bf16", BFLOAT16_TARGETS)
    figures = []
    for side, (key, targets) in keys.items():
        if side not in measured:
            continue
        values = [
            theirs.seconds / ours.seconds
            for theirs, ours in zip(measured["notebook"], measured[side], strict=True)
        ]
        bound = targets.get(network.architecture) if on_cpu else None
        target = None if bound is None else Target(bound)
        pair = {"notebook": measured["notebook"], "ours": measured[side]}
        figures.append(Figure(key, network.name, values, target, details(pair)))
    return figures
