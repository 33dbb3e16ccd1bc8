"""Measures of saliency maps: properties of every measure, and what each one compares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.config.settings import Settings, named_runs, read_columns, read_parameters
from inputgrad.engine.randomness import generator, other_class
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Record, Run
from inputgrad.engine.tools import Tools
from inputgrad.images import maps
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.photographs.classes import CLASS_COUNT
from inputgrad.saliency import explain
from inputgrad.saliency.measures.centre_distance import centre_distance
from inputgrad.saliency.methods import gradient
from inputgrad.saliency.salient_box import salient_box
from small_networks import (
    convolutional,
    mean_class_map,
    pictures,
    preprocessing,
    samples_of,
    squeezenet,
)

SLOTS, SEED = 3, 7
KINDS = {"text": str, "whole": int, "real": float, "flag": bool}

MEASURES: list[tuple[str, dict[str, Any]]] = [
    ("single_deletion", {}),
    ("concentration", {}),
    ("stability", {}),
    ("stability", {"noise_sd": 0.1, "copies": 1}),
    ("class_sensitivity", {}),
    ("grid_pointing", {}),
    ("grid_pointing", {"rounds": 5}),
    ("additivity", {"pairs": 2}),
    ("agreement", {"other": "input_x_gradient"}),
    ("cell_shares", {"cells": 4}),
    ("completeness", {}),
    ("randomisation", {"draws": 2, "stages": 2}),
    ("road", {"shares": [0.2, 0.6]}),
    ("deletion_insertion", {"steps": 4}),
    ("localisation", {}),
    ("box", {}),
    ("box", {"quantile": 0.5}),
    ("centre_distance", {}),
    ("questions", {}),
]
BOXES = ((1.5, 2.0, 9.0, 7.0), (6.0, 6.0, 10.0, 12.0))
OF_ANY_ORDER = {"road", "deletion_insertion"}  # a map of zeros has a random one
OF_THE_IMAGE = {"objects_share"}  # whatever the map
NULLS = {"grid_pointing", "stability_spearman"}  # in no mosaic; no copy is predicted the same
NAMED = {"occlusion": {"cells": 3}}  # parameters of runs that measures name
MEASURED = {  # measures of one method alone: the run that they are taken on
    "additivity": ("occlusion", {"cells": 3}),
    "completeness": ("input_x_gradient", {"reduction": "sum"}),
}


def every_measure() -> pytest.MarkDecorator:
    names = [" ".join([name, *map(str, parameters.values())]) for name, parameters in MEASURES]
    return pytest.mark.parametrize(("name", "parameters"), MEASURES, ids=names)


def run_of(**parameters: Any) -> Run:
    return Run("run", "gradient", gradient.Parameters(**parameters))


def outcomes_of(
    classifier: Classifier, photographs: Sequence[LabelledImage], run: Run
) -> list[Outcome]:
    """Outcomes whose maps can only be read, as those from the store."""
    items = [ImageItem(photograph, run) for photograph in photographs]
    outcomes = []
    for position, (record,) in explain.compute(classifier, items, seed=SEED, slots=SLOTS):
        record.arrays["map"].setflags(write=False)
        outcomes.append(Outcome(items[position], [record.row], record.arrays, boxes=BOXES))
    return outcomes


def with_inputs(
    classifier: Classifier, outcomes: Sequence[Outcome], parameters: Settings
) -> list[Outcome]:
    """The outcomes beside those of the runs that a measure names; a run is named by its method."""
    found = [*outcomes]
    for method in named_runs(parameters).values():
        checked = registry.load("saliency", method).Parameters(**NAMED.get(method, {}))
        photographs = [outcome.item.image for outcome in outcomes]
        others = outcomes_of(classifier, photographs, Run(method, method, checked))
        found = [
            replace(outcome, inputs={**outcome.inputs, method: other})
            for outcome, other in zip(found, others, strict=True)
        ]
    return found


def records_of(
    name: str, parameters: dict[str, Any], classifier: Classifier, outcomes: Sequence[Outcome]
) -> list[list[Record]]:
    """The records of each outcome."""
    module = import_module(registry.MEASURES["saliency"][name])
    checked, tools = module.Parameters(**parameters), Tools(classifier, SEED, SLOTS)
    if name in MEASURED:
        method, own = MEASURED[name]
        run = Run(method, method, registry.load("saliency", method).Parameters(**own))
        outcomes = outcomes_of(classifier, [o.item.image for o in outcomes], run)
    given = with_inputs(classifier, outcomes, checked)
    found = [*module.measure(given, checked, tools)]
    assert len(found) == len(outcomes)
    return found


def rows_of(
    name: str, parameters: dict[str, Any], classifier: Classifier, outcomes: Sequence[Outcome]
) -> list[dict[str, Any]]:
    """The one row of each outcome in the technique's own table."""
    found = records_of(name, parameters, classifier, outcomes)
    rows = [[record.row for record in records if record.table is None] for records in found]
    return [row for (row,) in rows]


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module", params=["max_abs", "sum"])
def outcomes(network: Classifier, request: pytest.FixtureRequest) -> list[Outcome]:
    photographs = samples_of(network, pictures(18, 5))
    return outcomes_of(network, photographs, run_of(reduction=request.param))


# --- every measure ----------------------------------------------------------------------------


def test_every_measure_has_its_row_and_no_column_is_filled_twice() -> None:
    assert {name for name, _ in MEASURES} == registry.MEASURES["saliency"].keys()
    columns = [column.name for column in explain.COLUMNS]
    for dotted in registry.MEASURES["saliency"].values():
        declared = read_columns(registry.source_file(dotted)) or ()
        columns += [column.name for column in declared if column.table is None]
    assert len(columns) == len(set(columns))


@every_measure()
def test_module_is_read_without_importing_it(name: str, parameters: dict[str, Any]) -> None:
    dotted = registry.MEASURES["saliency"][name]
    module = import_module(dotted)
    source = registry.source_file(dotted)
    assert read_columns(source) == module.COLUMNS
    read = read_parameters(source)
    assert read.model_json_schema() == module.Parameters.model_json_schema()
    assert read(**parameters).model_dump() == module.Parameters(**parameters).model_dump()
    assert all(about.description for about in read.model_fields.values())


@every_measure()
def test_rows_hold_the_declared_columns_in_their_ranges(
    name: str, parameters: dict[str, Any], network: Classifier, outcomes: list[Outcome]
) -> None:
    module = import_module(registry.MEASURES["saliency"][name])
    found = records_of(name, parameters, network, outcomes)
    records = [record for own in found for record in own]
    tables = {column.table for column in module.COLUMNS} or {None}
    assert {record.table for record in records} == tables
    known = set()
    for record in records:
        own = [column for column in module.COLUMNS if column.table == record.table]
        assert record.row.keys() == {column.name for column in own}
        for column in own:
            value = record.row[column.name]
            if value is None and column.name in NULLS:
                continue
            known.add(column.name)
            assert type(value) is KINDS[column.kind]
            assert column.low is None or value >= column.low - 1e-9
            assert column.high is None or value <= column.high + 1e-9
    assert known == {column.name for column in module.COLUMNS}


@every_measure()
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_rows_do_not_depend_on_order_or_neighbours(
    name: str,
    parameters: dict[str, Any],
    network: Classifier,
    outcomes: list[Outcome],
    data: st.DataObject,
) -> None:
    module = import_module(registry.MEASURES["saliency"][name])
    together = records_of(name, parameters, network, outcomes)
    if getattr(module, "WHOLE_CELLS", False):
        chosen = data.draw(st.permutations(range(len(outcomes))))
    else:
        chosen = data.draw(st.lists(st.integers(0, len(outcomes) - 1), max_size=7))
    found = records_of(name, parameters, network, [outcomes[position] for position in chosen])
    assert list(map(repr, found)) == [repr(together[position]) for position in chosen]


@every_measure()
def test_a_map_of_zeros_has_no_measure_but_those_of_an_order(
    name: str, parameters: dict[str, Any]
) -> None:
    head = nn.Linear(3 * 12 * 12, CLASS_COUNT)
    nn.init.zeros_(head.weight)
    constant = Classifier(nn.Sequential(nn.Flatten(), head), preprocessing(12))
    found = outcomes_of(constant, samples_of(constant, pictures(12, 1)), run_of())
    assert not found[0].arrays["map"].any()
    (records,) = records_of(name, parameters, constant, found)
    columns = import_module(registry.MEASURES["saliency"][name]).COLUMNS
    real = [c for c in columns if c.kind == "real" and not c.key and c.name not in OF_THE_IMAGE]
    values = {r.row[c.name] for r in records for c in real if c.table == r.table}
    assert (values <= {None}) == (name not in OF_ANY_ORDER)
    assert name not in OF_ANY_ORDER or None not in values


# --- what each one compares -------------------------------------------------------------------


def map_of(classifier: Classifier, image: Tensor, target: int) -> NDArray[np.float32]:
    """One map by autograd alone."""
    leaf = image[None].clone().requires_grad_()
    score = classifier(leaf)[0, target]
    if isinstance(classifier, SqueezeNetClassifier) and score == 0:
        score = mean_class_map(classifier, leaf)[0, target]
    (found,) = torch.autograd.grad(score, leaf)
    return found[0].abs().amax(dim=0).numpy()


@pytest.mark.parametrize("builder", [convolutional, squeezenet])
def test_stability_and_sensitivity_compare_with_the_noisy_image_and_the_other_class(
    builder: Any,
) -> None:
    classifier = builder()
    photographs = samples_of(classifier, pictures(classifier.input_size, 3))
    found = outcomes_of(classifier, photographs, run_of())
    stability = rows_of("stability", {"noise_sd": 0.1, "copies": 3}, classifier, found)
    sensitivity = rows_of("class_sensitivity", {}, classifier, found)
    for outcome, stable, sensitive in zip(found, stability, sensitivity, strict=True):
        photograph = outcome.item.image
        key, label, image = photograph.image_id, photograph.label, to_tensor(photograph.pixels)
        plain, drawn = map_of(classifier, image, label), generator(SEED, key, "saliency noise")
        noise = [0.1 * torch.randn(image.shape, generator=drawn) for _ in range(3)]
        noisy = [(image + one).clamp(0, 1) for one in noise]
        same = [copy for copy in noisy if int(classifier(copy[None]).argmax()) == label]
        found_rho = [spearmanr(plain, map_of(classifier, c, label), axis=None)[0] for c in same]
        assert stable["stability_copies"] == len(same)
        if same:
            assert stable["stability_spearman"] == pytest.approx(np.mean(found_rho), abs=1e-3)
            assert stable["stability_spearman"] < 0.9999
        else:
            assert stable["stability_spearman"] is None
        other = other_class(SEED, key, "saliency class", label=label, classes=CLASS_COUNT)
        logits = classifier(image[None])[0].detach()
        runner_up = int(logits.argsort(descending=True)[1])
        assert len({label, other, runner_up}) == 3
        for column, c in (("class_sensitivity", other), ("runner_up_sensitivity", runner_up)):
            similarity = spearmanr(plain, map_of(classifier, image, c), axis=None).statistic
            assert sensitive[column] == pytest.approx(1 - similarity, abs=1e-3)


def test_agreement_is_that_of_the_pixels(network: Classifier, outcomes: list[Outcome]) -> None:
    rows = rows_of("agreement", {"other": "input_x_gradient"}, network, outcomes)
    images = [to_tensor(outcome.item.image.pixels) for outcome in outcomes]
    for outcome, image, row in zip(outcomes, images, rows, strict=True):
        leaf = image[None].clone().requires_grad_()
        (found,) = torch.autograd.grad(network(leaf)[0, outcome.item.image.label], leaf)
        other = (found[0] * image).abs().amax(dim=0).numpy()
        expected = spearmanr(outcome.arrays["map"], other, axis=None).statistic
        assert row["agreement"] == pytest.approx(expected, abs=1e-3)


def test_cell_shares_are_those_of_the_magnitude(
    network: Classifier, outcomes: list[Outcome]
) -> None:
    for outcome, records in zip(
        outcomes, records_of("cell_shares", {"cells": 3}, network, outcomes), strict=True
    ):
        magnitude = np.abs(outcome.arrays["map"]).astype(np.float64)
        assert [(r.row["cell_row"], r.row["cell_column"]) for r in records] == [
            (row, column) for row in range(3) for column in range(3)
        ]
        assert sum(r.row["cell_share"] for r in records) == pytest.approx(1)
        (middle,) = [r.row["cell_share"] for r in records if r.row["cell_row"] == 1][1:2]
        assert middle == pytest.approx(magnitude[6:12, 6:12].sum() / magnitude.sum())


def test_concentration_and_box_are_those_of_the_magnitude(
    network: Classifier, outcomes: list[Outcome]
) -> None:
    concentration = rows_of("concentration", {}, network, outcomes)
    boxes = rows_of("box", {"quantile": 0.75}, network, outcomes)
    for outcome, concentrated, boxed in zip(outcomes, concentration, boxes, strict=True):
        magnitude = np.abs(outcome.arrays["map"])
        assert concentrated["half_mass_share"] == maps.half_mass_share(magnitude)
        assert concentrated["gini"] == maps.gini(magnitude)
        box = salient_box(magnitude, quantile=0.75)
        assert box == tuple(boxed[f"box_{side}"] for side in ("top", "left", "bottom", "right"))
        top, left, bottom, right = box
        assert boxed["box_share"] == (bottom - top) * (right - left) / magnitude.size


@pytest.mark.parametrize("shape", [(8, 8), (224, 224), (7, 12)])
def test_centre_distance_of_even_maps_single_pixels_and_reflections(shape: tuple[int, int]) -> None:
    assert centre_distance(np.full(shape, 0.3, np.float32)) == pytest.approx(0, abs=1e-12)
    for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        corner = np.zeros(shape, np.float32)
        corner[row, column] = 0.1
        expected = math.hypot(*(side - 1 for side in shape)) / math.hypot(*shape)
        assert centre_distance(corner) == pytest.approx(expected)
    drawn = np.random.default_rng(0).random(shape, dtype=np.float32)
    for same in (drawn[::-1], drawn[:, ::-1], 4 * drawn):
        assert centre_distance(same) == pytest.approx(centre_distance(drawn))
    assert centre_distance(drawn + drawn[::-1, ::-1]) == pytest.approx(0, abs=1e-7)


def test_the_first_photograph_that_is_named_rightly_is_kept_with_other_questions() -> None:
    classifier = convolutional()
    photographs = samples_of(classifier, pictures(classifier.input_size, 3))
    wrong = replace(photographs[0], label=(photographs[0].label + 1) % CLASS_COUNT)
    found = outcomes_of(classifier, [wrong, *photographs[1:]], run_of())
    noise = {"noise_sd": 0.001, "copies": 1}
    records = [r for (r,) in records_of("questions", noise, classifier, found)]
    assert [bool(record.arrays) for record in records] == [False, True, False]
    assert {tuple(record.row) for record in records} == {()}
    kept = records[1].arrays
    sensitive = rows_of("class_sensitivity", {}, classifier, found)[1]
    stable = rows_of("stability", noise, classifier, found)[1]
    assert kept["questions/rhos"] == pytest.approx(
        [1 - sensitive["runner_up_sensitivity"], 1 - sensitive["class_sensitivity"]]
    )
    assert kept["questions/noisy_rho"] == pytest.approx([stable["stability_spearman"]])
    assert (kept["questions/picture"] == photographs[1].pixels).all()
    assert kept["questions/classes"][0] == photographs[1].label
    image = to_tensor(photographs[1].pixels)
    for name, index in zip(("map", "runner_up", "other"), kept["questions/classes"], strict=True):
        expected = map_of(classifier, image, int(index))
        assert kept[f"questions/{name}"] == pytest.approx(expected, rel=1e-3, abs=1e-6)
    agreement = spearmanr(kept["questions/map"], kept["questions/noisy"], axis=None).statistic
    assert kept["questions/noisy_rho"] == pytest.approx([agreement])


def test_noise_that_changes_the_prediction_is_not_kept() -> None:
    classifier = convolutional()
    photographs = samples_of(classifier, pictures(classifier.input_size, 1))
    found = outcomes_of(classifier, photographs, run_of())
    loud = {"noise_sd": 0.5, "copies": 1}
    (((record,)),) = records_of("questions", loud, classifier, found)
    unchanged = rows_of("stability", loud, classifier, found)[0]["stability_copies"]
    assert ("questions/noisy" in record.arrays) == bool(unchanged)
    assert "questions/map" in record.arrays
