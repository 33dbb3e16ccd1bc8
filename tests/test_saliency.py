"""Saliency maps: properties of every method, Captum as an oracle, rows, and maps for measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import captum.attr
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from inputgrad import registry
from inputgrad.engine.gradients import max_abs
from inputgrad.engine.randomness import Noise
from inputgrad.engine.records import ImageItem, LabelledImage, Record, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency import explain
from inputgrad.saliency.attribution import REDUCTIONS, reduce_colours
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.saliency.parameters import SaliencyParameters
from small_networks import (
    convolutional,
    lite0,
    pictures,
    preprocessing,
    repeated,
    samples_of,
    squeezenet,
)

SLOTS = 3
BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet, "lite0": lite0}


@dataclass(frozen=True)
class Case:
    """A method with parameters, and Captum's class that gives the same attribution."""

    method: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    captum: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        checked = registry.load("saliency", self.method).Parameters(**self.parameters)
        return Run(f"{self.method} {dict(self.parameters)}", self.method, checked)


CASES = [
    Case("gradient", captum="Saliency", options={"abs": False}),
    Case("gradient", {"reduction": "sum"}),
    Case("gradient", {"blur": 1.5}),
    Case("input_x_gradient", {"reduction": "sum"}, captum="InputXGradient"),
    Case("occlusion", {"cells": 2}),
    Case("occlusion", {"cells": 3, "fill": "blur"}),
    Case("smoothgrad", {"samples": 3}),
    Case("integrated_gradients", {"reduction": "sum", "steps": 3}),
    Case("integrated_gradients", {"baseline": "blur", "steps": 2}),
    Case("guided_backprop"),
    Case("guided_backprop", {"reduction": "sum"}),
    Case("grad_cam"),
    Case("grad_cam", {"layer": "middle"}),
    Case("random"),
    Case("random", {"draw": 2, "blur": 2}),
    Case("edges"),
    Case("centre"),
]
TOY = Case("averaged")


@pytest.fixture(autouse=True, scope="module")
def _toy() -> Iterator[None]:
    """A method with noise and without scores of its own, which lives outside of the library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.METHODS["saliency"], "averaged", "averaged_gradient")
        yield


def every_case() -> pytest.MarkDecorator:
    cases = [*CASES, TOY]
    names = [" ".join([c.method, *map(str, c.parameters.values())]) for c in cases]
    return pytest.mark.parametrize("case", cases, ids=names)


@pytest.fixture(scope="module")
def network() -> Classifier:
    return squeezenet(64)


@pytest.fixture(scope="module")
def photographs(network: Classifier) -> list[LabelledImage]:
    """Five, the last with a label whose logit is zero."""
    *right, last = samples_of(network, pictures(64, 5))
    with torch.no_grad():
        dead = int(network(repeated(last.pixels, SLOTS))[0].argmin())
    return [*right, LabelledImage("dead", dead, last.pixels)]


def items_of(photographs: Sequence[LabelledImage], run: Run) -> list[ImageItem]:
    return [ImageItem(photograph, run) for photograph in photographs]


def batch_of(photographs: Sequence[LabelledImage]) -> tuple[Tensor, Tensor, Noise]:
    images = torch.stack([to_tensor(photograph.pixels) for photograph in photographs])
    targets = torch.tensor([photograph.label for photograph in photographs])
    return images, targets, Noise(range(len(images)), images)


def records_of(classifier: Classifier, items: Sequence[ImageItem]) -> list[Record]:
    found = dict(explain.compute(classifier, items, seed=7, slots=SLOTS))
    assert sorted(found) == [*range(len(items))]
    assert {len(records) for records in found.values()} <= {1}
    return [found[position][0] for position in range(len(items))]


def bits(record: Record) -> tuple[list[tuple[str, str]], bytes]:
    return sorted((k, repr(v)) for k, v in record.row.items()), record.arrays["map"].tobytes()


# --- every method -----------------------------------------------------------------------------


def test_every_method_has_its_cases() -> None:
    assert {case.method for case in CASES} == registry.METHODS["saliency"].keys() - {"averaged"}


@every_case()
def test_attribution_has_one_form_and_leaves_no_trace(
    case: Case, network: Classifier, photographs: list[LabelledImage]
) -> None:
    images, targets, noise = batch_of(photographs)
    before, logits = images.clone(), network(images)
    method = registry.load("saliency", case.method)
    found = method.attribute(network, images, targets, case.run.parameters, noise)
    assert found.maps.shape in {images.shape, (len(images), 64, 64)}
    assert found.maps.isfinite().all()
    assert found.maps.any()
    assert torch.equal(images, before)
    assert torch.equal(network(images), logits)
    assert not images.requires_grad
    for module in network.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks
        assert not module._backward_hooks and not module._backward_pre_hooks
    if found.scored is not None:
        assert torch.equal(found.scored.logits, logits)


@every_case()
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_maps_and_rows_are_the_same_however_the_work_is_split(
    case: Case, network: Classifier, photographs: list[LabelledImage], data: st.DataObject
) -> None:
    items = items_of(photographs, case.run)
    together = [bits(record) for record in records_of(network, items)]
    order = data.draw(st.permutations(range(len(items))))
    cut = data.draw(st.integers(0, len(items)))
    for part in (order[:cut], order[cut:]):
        found = records_of(network, [items[position] for position in part])
        assert [bits(record) for record in found] == [together[position] for position in part]


@every_case()
def test_row_and_map_have_their_form(
    case: Case, network: Classifier, photographs: list[LabelledImage]
) -> None:
    with torch.no_grad():
        logits = network(batch_of(photographs)[0])
    records = records_of(network, items_of(photographs, case.run))
    for photograph, own, record in zip(photographs, logits, records, strict=True):
        row, dead = record.row, photograph.image_id == "dead"
        assert row.keys() == {column.name for column in explain.COLUMNS}
        assert row["method"] == case.method
        assert row["prediction"] == int(own.argmax())
        assert row["zero_gradient"] is dead
        if not dead:
            assert row["score"] == pytest.approx(float(own[photograph.label]), rel=1e-5)
        assert record.arrays.keys() == {"map"}
        assert record.arrays["map"].shape == (64, 64)
        assert record.arrays["map"].dtype == np.float32
        assert record.arrays["map"].flags.c_contiguous
        assert (record.arrays["map"].min() >= 0) or case.run.parameters.reduction != "max_abs"


@every_case()
def test_a_method_never_waits_for_the_device(case: Case) -> None:
    """On the meta device nothing is computed: asking a tensor for its value fails."""
    classifier = squeezenet(64).to("meta")
    images = torch.empty(2, 3, 64, 64, device="meta")
    targets = torch.tensor([3, 4], device="meta")
    method = registry.load("saliency", case.method)
    found = method.attribute(
        classifier, images, targets, case.run.parameters, Noise([1, 2], images)
    )
    assert found.maps.device.type == "meta"


@pytest.mark.parametrize("name", list(BUILDERS))
@pytest.mark.parametrize("case", [c for c in CASES if c.captum], ids=lambda case: case.method)
def test_attribution_equals_captums_bit_for_bit(case: Case, name: str) -> None:
    classifier = BUILDERS[name]()
    photographs = samples_of(classifier, pictures(classifier.input_size, 2))
    images, targets, noise = batch_of(photographs)
    leaf = images.contiguous(memory_format=torch.channels_last).requires_grad_()
    theirs = getattr(captum.attr, str(case.captum))(classifier)
    expected: Tensor = theirs.attribute(leaf, target=targets, **case.options).detach()
    method = registry.load("saliency", case.method)
    found = method.attribute(classifier, images, targets, case.run.parameters, noise)
    assert torch.equal(found.maps, expected)
    assert (found.maps != 0).any()


# --- the procedure ----------------------------------------------------------------------------


def test_the_batch_size_changes_the_bits(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    """Or the test of splitting could not fail."""
    items = items_of(photographs, CASES[0].run)
    found = [
        [bits(record) for _, (record,) in explain.compute(network, items, seed=7, slots=slots)]
        for slots in (1, 3)
    ]
    assert found[0] != found[1]


def test_reductions_are_those_of_the_settings() -> None:
    schema = SaliencyParameters.model_json_schema()["properties"]["reduction"]
    assert schema["enum"] == list(REDUCTIONS)
    maps = torch.tensor([0.5, -2.0, 1.0]).view(1, 3, 1, 1)
    assert reduce_colours(maps, "max_abs").item() == 2
    assert reduce_colours(maps, "sum").item() == -0.5
    turned = torch.rand(1, 3, 4, 5).transpose(2, 3)
    assert all(reduce_colours(turned, name).is_contiguous() for name in REDUCTIONS)
    grey = torch.tensor([[[-3.0]]])
    assert reduce_colours(grey, "max_abs").item() == 3
    assert reduce_colours(grey, "sum").item() == -3


def test_gradient_norm_is_that_of_the_label_and_null_without_a_gradient(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    images, targets, noise = batch_of(photographs)
    method = registry.load("saliency", "gradient")
    scored = method.attribute(network, images, targets, CASES[0].run.parameters, noise).scored
    norms = [r.row["gradient_l2"] for r in records_of(network, items_of(photographs, CASES[0].run))]
    assert norms == pytest.approx(scored.gradient.flatten(1).norm(dim=1).tolist(), rel=1e-4)
    scores = [r.row["score"] for r in records_of(network, items_of(photographs, CASES[0].run))]
    toy = records_of(network, items_of(photographs, TOY.run))
    assert {record.row["gradient_l2"] for record in toy} == {None}
    assert [record.row["score"] for record in toy] == scores


def test_runs_keep_their_positions_and_share_their_noise(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    one, other = (Run(name, TOY.method, TOY.run.parameters) for name in ("a", "b"))
    runs = [one, CASES[0].run, other]
    items = [ImageItem(photograph, run) for photograph in photographs[:2] for run in runs]
    records = records_of(network, items)
    assert [r.row["method"] for r in records] == ["averaged", "gradient", "averaged"] * 2
    assert bits(records[0]) == bits(records[2]) != bits(records[3]) == bits(records[5])


@every_case()
def test_maps_for_measures_are_those_of_the_table_and_taken_lazily(
    case: Case, network: Classifier, photographs: list[LabelledImage]
) -> None:
    items = items_of(photographs, case.run)
    taken = 0

    def requests() -> Iterator[Request]:
        nonlocal taken
        for item in items:
            taken += 1
            yield Request(item, to_tensor(item.image.pixels), item.image.label)

    found = []
    for number, made in enumerate(maps_of(Tools(network, 7, SLOTS), requests())):
        assert taken <= number + SLOTS
        found.append(made)
    for made, record in zip(found, records_of(network, items), strict=True):
        np.testing.assert_array_equal(made, record.arrays["map"])


def test_maps_for_measures_depend_on_image_class_run_and_seed(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    (first, second), tools = photographs[:2], Tools(network, 7, SLOTS)
    image, toy, plain = to_tensor(first.pixels), TOY.run, CASES[0].run
    requests = [
        Request(ImageItem(first, plain), image, first.label),
        Request(ImageItem(first, plain), image, first.label + 1),
        Request(ImageItem(first, toy), image, first.label),
        Request(ImageItem(second, toy), image, first.label),
        Request(ImageItem(first, plain), to_tensor(second.pixels), first.label),
    ]
    found = [made.tobytes() for made in maps_of(tools, requests)]
    assert len(set(found)) == len(requests)
    alone = [next(maps_of(tools, [request])).tobytes() for request in requests]
    assert alone == found
    reseeded = [made.tobytes() for made in maps_of(Tools(network, 8, SLOTS), requests)]
    noisy = [one != other for one, other in zip(found, reseeded, strict=True)]
    assert noisy == [False, False, True, True, False]


def test_linear_model_has_the_map_of_its_weights() -> None:
    linear = torch.nn.Linear(3 * 8 * 8, 1000)
    classifier = Classifier(torch.nn.Sequential(torch.nn.Flatten(), linear), preprocessing(8))
    (photograph,) = samples_of(classifier, pictures(8, 1))
    (record,) = records_of(classifier, items_of([photograph], CASES[0].run))
    weight = linear.weight[photograph.label].view(1, 3, 8, 8) / classifier.std
    np.testing.assert_allclose(record.arrays["map"], max_abs(weight)[0].detach(), rtol=1e-6)
