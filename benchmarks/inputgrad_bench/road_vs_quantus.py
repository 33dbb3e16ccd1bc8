"""ROAD curves per second, ours against Quantus (Hedström et al. 2023): both orders, five shares.

Quantus takes one order at a time, so it gets the map and its negative. It solves each photograph's
sparse system directly, assembled anew for each share, and counts whether the label is predicted; we
keep the probability as well. It ranks what it is given over all colours at once, counts its shares
of the values of all colours and takes the numbers of these for pixels. So here the second and third
colour get the lowest value, and the shares are a third of ours. The two fillings of a photograph
are compared before anything is timed.

Quantus brings another OpenCV than ours: have it in an environment of its own
(`pip install --no-deps --target FOLDER quantus` and what it asks for, FOLDER on PYTHONPATH).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from inputgrad.engine.tools import Tools
from inputgrad.images.imputation import impute
from inputgrad.images.ranking import Ranks, ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency.measures import road
from inputgrad_bench import engine, networks, removal
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Task
from inputgrad_bench.sides import Counts, Side, alternate, details, ratios

if TYPE_CHECKING:
    from inputgrad_bench.bench import Bench

KEY = "road_vs_quantus"
REQUIRES = ("quantus",)
TARGET = Target(10)
PHOTOGRAPHS_PER_CORE = 4
SHARES = road.Parameters().shares
NEAR = 1.5 / 255  # between two fillings, ours to 1/255


def _ours(task: Task) -> Callable[[], Counts]:
    job, parameters = engine.job(task), road.Parameters()
    maps, tools = removal.outcomes(job), Tools(job.classifier, seed=0, slots=task.slots)

    def work() -> Counts:
        return {"curves": 2 * sum(1 for _ in road.measure(maps, parameters, tools))}

    work()
    return work


def _quantus(task: Task) -> Callable[[], Counts]:
    import quantus

    threads = torch.get_num_threads()
    outcomes = removal.outcomes(engine.job(task))
    torch.set_num_threads(threads)  # all of them again, and torch as it comes
    torch.use_deterministic_algorithms(mode=False)
    classifier = networks.load_plain(task.network, task.device)
    images = np.stack([to_tensor(o.item.image.pixels).numpy() for o in outcomes])
    labels = np.array([o.item.image.label for o in outcomes])
    orders = [ranks(o.arrays["map"], seed=0, image_id=o.item.image.image_id) for o in outcomes]
    _compare(images[0], orders[0])
    road_of = quantus.ROAD(
        percentages=[100 * share / 3 for share in SHARES],  # of the values of three colours
        noise=0.01,
        abs=False,
        normalise=False,
        disable_warnings=True,
        display_progressbar=False,
    )
    lowest = np.full((len(images), 2, *images.shape[2:]), -1e9, np.float32)

    def work() -> Counts:
        for sign in (-1, 1):
            first = np.stack([sign * order for order in orders]).astype(np.float32)[:, None]
            attributions = np.concatenate([first, lowest], axis=1)
            road_of(classifier, images, labels, attributions, device=task.device)
        return {"curves": 2 * len(images)}

    return work


def _compare(image: NDArray[np.float32], order: Ranks) -> None:
    """RuntimeError where the two sides do not fill in the same."""
    from quantus.functions.perturb_func import noisy_linear_imputation

    for mask in road.removed_masks(order, SHARES):
        places = np.flatnonzero(mask.numpy())
        theirs = noisy_linear_imputation(image, places, noise=0.0)
        ours = impute(torch.from_numpy(image), mask[None])[0].numpy()
        if (apart := float(np.abs(ours - theirs).max())) > NEAR:
            raise RuntimeError(f"the two fillings differ by {255 * apart:.1f} grey levels")


SIDES = {"quantus": Side(_quantus), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network; a few photographs for each core."""
    network, setting = bench.networks[0], bench.setting
    count = min(setting.photographs, PHOTOGRAPHS_PER_CORE * setting.cores)
    tasks = {side: bench.task(KEY, side, network, count=count) for side in SIDES}
    measured = alternate(tasks, SIDES, setting)
    values = ratios(measured, "quantus", "ours", per="curves")
    target = TARGET if setting.device == "cpu" else None
    return [Figure(KEY, network.name, values, target, details(measured))]
