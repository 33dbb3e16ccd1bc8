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

from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.config.schema import load_config
from inputgrad.config.settings import read_parameters
from inputgrad.jobs import listing
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.dag import Dag
from inputgrad.registry import METHODS, TECHNIQUES, source_file

ROOT = Path(__file__).resolve().parents[1]
EVALUATIONS = 2_500  # at most, of a model and technique
JOBS = 30  # at most, that import torch: each takes seconds to start
FORWARD = 0.45
IMPUTATION = 0.5  # of one mask of one photograph (measured beside SqueezeNet 1.1)
PATH = 5.0  # L2 in [0, 1] units; until a photograph is fooled, on average (measured: 1.8 to 4.7)
BACKWARD = 8 * FORWARD  # halvings on the way back from an image that fools

Parameters = Mapping[str, Any]


def attacked(parameters: Parameters) -> float:
    """A look at the photograph, a step each on the way, or the budget, and what follows the end."""
    found = 1 + min(parameters["budget"], PATH / parameters["eta"])
    if refine := parameters.get("refine"):
        found += BACKWARD + refine
    return float(found + max(parameters.get("beyond", []), default=0))


def all_made(parameters: Parameters) -> float:
    """A look at the photograph, and all iterations, be they needed or not."""
    return float(1 + parameters["budget"])


def survival(parameters: Parameters) -> float:
    """The image and the photograph after each change."""
    return 2 * FORWARD * sum(len(parameters[kind]) for kind in ("jpeg", "resize", "noise"))


def snapshots(parameters: Parameters) -> int:
    last = parameters["iterations"]
    return len({moment for moment in parameters["snapshots"] if moment < last} | {last})


def imputed(parameters: Parameters) -> float:
    """An image for each share and order, imputed and scored."""
    return 2 * (FORWARD + IMPUTATION) * len(parameters["shares"])


def forwards(parameters: Parameters) -> float:
    """Those of an occlusion: each cell, and the photograph."""
    return float(FORWARD * (parameters["cells"] ** 2 + 1))


# measure -> maps that it asks of its run's method for one item, by its own parameters; a mosaic has
# the size of four photographs
MAPS: dict[str, Callable[[Parameters], float]] = {
    "stability": lambda parameters: parameters["copies"],
    "class_sensitivity": lambda _: 2,
    "grid_pointing": lambda parameters: 4 * parameters["rounds"],
    "questions": lambda p: (p["copies"] + 2) / 10,  # of one of ten photographs
    "randomisation": lambda p: p["draws"] + max(0, p["stages"] - 1),
}
# technique and method or measure -> evaluations of one item, by the method's and its own parameters
COSTS: dict[tuple[str, str], Callable[[Parameters], float]] = {
    ("predictions", "predict"): lambda _: FORWARD,
    ("predictions", "roughness"): lambda _: 0,
    ("saliency", "gradient"): lambda _: 1,
    ("saliency", "input_x_gradient"): lambda _: 1,
    ("saliency", "occlusion"): forwards,
    ("saliency", "single_deletion"): lambda _: 0,  # the drops are the occlusion's map
    ("saliency", "concentration"): lambda _: 0,
    ("saliency", "additivity"): lambda p: 2 * p["pairs"] * FORWARD if "fill" in p else 0,
    ("saliency", "agreement"): lambda _: 0,
    ("saliency", "cell_shares"): lambda _: 0,
    ("saliency", "completeness"): lambda _: FORWARD,
    # methods that do not look at the photograph itself need a forward pass for its score
    ("saliency", "smoothgrad"): lambda parameters: parameters["samples"] + FORWARD,
    ("saliency", "integrated_gradients"): lambda parameters: parameters["steps"] + FORWARD,
    ("saliency", "guided_backprop"): lambda _: 1.1,
    # the backward pass ends at the layer (measured at the first: 0.99)
    ("saliency", "grad_cam"): lambda parameters: FORWARD if parameters["layer"] == "last" else 1,
    ("saliency", "random"): lambda _: FORWARD,
    ("saliency", "edges"): lambda _: FORWARD,
    ("saliency", "centre"): lambda _: FORWARD,
    ("saliency", "road"): imputed,
    ("saliency", "deletion_insertion"): lambda parameters: 2 * FORWARD * parameters["steps"],
    ("saliency", "box"): lambda _: 0,
    ("saliency", "localisation"): lambda _: 0,
    ("saliency", "centre_distance"): lambda _: 0,
    ("adversarial", "gradient_ascent"): attacked,
    ("adversarial", "saliency_guided"): lambda parameters: 1.0 + parameters["budget"],
    ("adversarial", "fgsm"): all_made,
    ("adversarial", "i_fgsm"): all_made,
    ("adversarial", "ddn"): all_made,
    ("adversarial", "natural"): lambda _: 3 * FORWARD,
    ("adversarial", "survival"): survival,
    ("adversarial", "forecast"): lambda _: 1 + 2 * FORWARD,
    ("adversarial", "map_change"): lambda _: 3,
    ("adversarial", "top_five"): lambda _: 2 * FORWARD,
    ("adversarial", "png"): lambda _: FORWARD,
    ("adversarial", "distances"): lambda _: 0,
    ("adversarial", "cell_energy"): lambda _: 0,
    ("adversarial", "control"): lambda _: FORWARD,
    ("class_visualization", "fourier"): lambda parameters: parameters["iterations"],
    ("class_visualization", "practical"): lambda parameters: parameters["iterations"],
    ("class_visualization", "scores"): lambda parameters: FORWARD * snapshots(parameters),
    ("class_visualization", "total_variation"): lambda _: 0,
    ("class_visualization", "decisive_regions"): lambda p: 1 + FORWARD * (2 + p["places"]),
    ("class_visualization", "robustness"): lambda _: 4 * FORWARD,
    ("class_visualization", "spectrum"): lambda _: 0,
    ("class_visualization", "start_distance"): lambda _: 0,
    ("class_visualization", "change_place"): lambda _: 1,  # of items from a photograph
}


# methods whose map takes no pass at the photograph itself, so that its score takes a forward
BESIDE = ("smoothgrad", "integrated_gradients", "random", "edges", "centre")
SCORED = ("stability",)  # measures that ask for the score of each further map as well


# judgement -> forward passes of one item: an adversarial image, its noise, the photograph twice; a
# class's picture and its start
JUDGED = {"transfer": 4, "recognition": 2}


def evaluations(cell: Cell) -> float:
    if cell.table == "likeness":  # a picture, the photographs, and the first one of the class
        return FORWARD * (len(cell.recipe["photographs"]) + 2)
    if cell.judges:
        return len(cell.items) * FORWARD * JUDGED[cell.table]
    parameters = cell.base.recipe["parameters"] | cell.recipe["parameters"]
    if cell is not cell.base and cell.table == "saliency" and cell.name in MAPS:
        forward = FORWARD if cell.base.name in BESIDE and cell.name not in SCORED else 0
        one = evaluations(cell.base) / len(cell.items) - forward
        return len(cell.items) * MAPS[cell.name](parameters) * one
    return len(cell.items) * COSTS[cell.table, cell.name](parameters)


def test_every_measure_of_saliency_has_its_cost() -> None:
    known = {name for table, name in COSTS if table == "saliency"} | MAPS.keys()
    assert registry.MEASURES["saliency"].keys() <= known


@pytest.fixture(scope="module")
def dag(tmp_path_factory: pytest.TempPathFactory) -> Dag:
    config = load_config(ROOT / "config" / "config.yaml")
    folder = tmp_path_factory.mktemp("images")
    choose_photographs(config, folder=folder)
    return Dag.checked(config, images=folder)


def test_every_saliency_method_has_its_cost() -> None:
    """From its defaults, so that a parameter of another name is noticed."""
    for method, module in METHODS["saliency"].items():
        parameters = read_parameters(source_file(module))().model_dump()
        assert COSTS["saliency", method](parameters) >= FORWARD


def test_squeezenet_leads_and_every_weight_comes_in_a_package(dag: Dag) -> None:
    models = list(dag.config.models.values())
    assert [model.architecture for model in models] == ["squeezenet1_1", "efficientnet_lite0"]
    assert {model.source for model in models} == {"package"}
    assert [source.kind for source in dag.config.images.sources] == ["bundled"]


def test_no_technique_takes_more_than_its_share_of_a_model(dag: Dag) -> None:
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for job in listing.jobs(dag):
        technique = registry.judged_by(job.table) or job.table  # what is judged belongs to it
        totals[job.model, technique] += sum(map(evaluations, job.cells))
    assert len(totals) == len(dag.models) * len(TECHNIQUES)
    assert max(totals.values()) <= EVALUATIONS, dict(totals)


def test_few_jobs_start_torch(dag: Dag) -> None:
    pictures = len(dag.models)  # one job each for the figures' photographs
    assert len(list(listing.jobs(dag))) + pictures <= JOBS
