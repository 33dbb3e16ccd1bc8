"""The default run: its networks, and that it stays as small as a first look should be.

Counted from the plan, without computing. The unit is a forward and backward pass of one image, a
*gradient evaluation*; a forward pass alone costs 0.45 of it (measured, SqueezeNet 1.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from inputgrad.cells.cell import Cell
from inputgrad.config.schema import load_config
from inputgrad.jobs import listing
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.dag import Dag
from inputgrad.registry import TECHNIQUES

ROOT = Path(__file__).resolve().parents[1]
EVALUATIONS = 2_500  # at most, of a model and technique
JOBS = 30  # at most, that import torch: each takes seconds to start
FORWARD = 0.45
IMPUTATION = 0.5  # of one mask of one photograph (measured beside SqueezeNet 1.1)
PATH = 5.0  # L2 in [0, 1] units; until a photograph is fooled, on average (measured: 1.8 to 4.7)

Parameters = Mapping[str, Any]


def attacked(parameters: Parameters) -> float:
    """A look at the photograph, and a step of length eta each on the way, or the budget."""
    return float(1 + min(parameters["budget"], PATH / parameters["eta"]))


def snapshots(parameters: Parameters) -> int:
    last = parameters["iterations"]
    return len({moment for moment in parameters["snapshots"] if moment < last} | {last})


def imputed(parameters: Parameters) -> float:
    """An image for each share and order, imputed and scored."""
    return 2 * (FORWARD + IMPUTATION) * len(parameters["shares"])


# technique and method or measure -> evaluations of one item, by the parameters of its method, and
# of a measure by its own as well
COSTS: dict[tuple[str, str], Callable[[Parameters], float]] = {
    ("predictions", "predict"): lambda _: FORWARD,
    ("saliency", "gradient"): lambda _: 1,
    ("saliency", "concentration"): lambda _: 0,
    ("saliency", "stability"): lambda _: 1,
    ("saliency", "class_sensitivity"): lambda _: 1,
    ("saliency", "road"): imputed,
    ("saliency", "deletion_insertion"): lambda parameters: 2 * FORWARD * parameters["steps"],
    ("saliency", "box"): lambda _: 0,
    ("adversarial", "gradient_ascent"): attacked,
    ("adversarial", "png"): lambda _: FORWARD,
    ("adversarial", "distances"): lambda _: 0,
    ("adversarial", "control"): lambda _: FORWARD,
    ("class_visualization", "normalized"): lambda parameters: parameters["iterations"],
    ("class_visualization", "scores"): lambda parameters: FORWARD * snapshots(parameters),
    ("class_visualization", "total_variation"): lambda _: 0,
    ("class_visualization", "decisive_regions"): lambda _: 0,
}


def evaluations(cell: Cell) -> float:
    cost = COSTS[cell.table, cell.name]
    own = {} if cell is cell.base else cell.recipe["parameters"]
    return len(cell.items) * cost(cell.base.recipe["parameters"] | own)


@pytest.fixture(scope="module")
def dag(tmp_path_factory: pytest.TempPathFactory) -> Dag:
    config = load_config(ROOT / "config" / "config.yaml")
    folder = tmp_path_factory.mktemp("images")
    choose_photographs(config, folder=folder)
    return Dag.checked(config, images=folder)


def test_squeezenet_leads_and_every_weight_comes_in_a_package(dag: Dag) -> None:
    models = list(dag.config.models.values())
    assert [model.architecture for model in models] == ["squeezenet1_1", "efficientnet_lite0"]
    assert {model.source for model in models} == {"package"}
    assert [source.kind for source in dag.config.images.sources] == ["bundled"]


def test_no_technique_takes_more_than_its_share_of_a_model(dag: Dag) -> None:
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for job in listing.jobs(dag):
        totals[job.model, job.table] += sum(map(evaluations, job.cells))
    assert len(totals) == len(dag.models) * len(TECHNIQUES)
    assert max(totals.values()) <= EVALUATIONS, dict(totals)


def test_few_jobs_start_torch(dag: Dag) -> None:
    pictures = len(dag.models)  # one job each for the figures' photographs
    assert len(list(listing.jobs(dag))) + pictures <= JOBS
