"""Gradients of scores: against Captum, against a linear model, and as identities."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from captum.attr import Saliency
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision import models

from inputgrad.engine.gradients import max_abs, score_and_gradient, unit
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.squeezenet import SqueezeNetClassifier
from small_networks import mean_class_map

SMALL = Preprocessing(
    input_size=64,
    resize_size=72,
    interpolation="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)


def images(n: int, size: int = 64) -> Tensor:
    drawn = torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(3))
    return drawn.contiguous(memory_format=torch.channels_last)


def captum(classifier: Classifier, given: Tensor, targets: Tensor) -> Tensor:
    saliency = Saliency(classifier)
    leaf = given.clone(memory_format=torch.preserve_format).requires_grad_()
    attribution: Tensor = saliency.attribute(leaf, target=targets, abs=False)
    return attribution


@pytest.fixture(scope="module")
def convolutional() -> Classifier:
    torch.manual_seed(0)
    layers = (
        nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 1000),
    )  # fmt: skip
    return Classifier(nn.Sequential(*layers), SMALL)


@pytest.fixture(scope="module")
def squeezenet() -> Classifier:
    torch.manual_seed(0)
    return SqueezeNetClassifier(models.squeezenet1_1(), SMALL)


@pytest.fixture(scope="module")
def lite0() -> Classifier:
    return load_classifier(
        ModelSpecification(
            name="lite0", source="package", architecture="efficientnet_lite0", slots=2
        ),
        device="cpu",
    )


@pytest.mark.parametrize("name", ["convolutional", "lite0"])
def test_equals_captum_bit_for_bit(name: str, request: pytest.FixtureRequest) -> None:
    classifier: Classifier = request.getfixturevalue(name)
    given, targets = images(2, classifier.input_size), torch.tensor([7, 951])
    found = score_and_gradient(classifier, given, targets)
    assert torch.equal(found.gradient, captum(classifier, given, targets))
    assert found.gradient.abs().sum() > 0
    assert torch.equal(found.score, found.logits.gather(1, targets[:, None])[:, 0])
    assert not found.zero.any()


def test_squeezenet_equals_captum_and_falls_back_where_captum_finds_nothing(
    squeezenet: Classifier,
) -> None:
    given = images(4)
    with torch.no_grad():
        logits, means = squeezenet(given), mean_class_map(squeezenet, given)
    alive, dead = logits.argmax(dim=1), logits.argmin(dim=1)
    targets = torch.stack([alive[0], dead[1], alive[2], dead[3]])
    found = score_and_gradient(squeezenet, given, targets)
    theirs = captum(squeezenet, given, targets)
    assert found.zero.tolist() == [False, True, False, True]
    assert torch.equal(found.gradient[[0, 2]], theirs[[0, 2]])
    assert not theirs[[1, 3]].any()
    assert found.gradient[[1, 3]].flatten(1).any(dim=1).all()
    own = torch.where(found.zero[:, None], means, logits).gather(1, targets[:, None])[:, 0]
    torch.testing.assert_close(found.score, own)
    assert torch.equal(found.score[[0, 2]], own[[0, 2]])
    assert torch.equal(found.logits, logits)


def test_gradient_of_a_dead_class_is_that_of_its_mean_class_map(squeezenet: Classifier) -> None:
    given = images(2)
    dead = squeezenet(given).argmin(dim=1)
    found = score_and_gradient(squeezenet, given, dead)
    leaf = given.clone(memory_format=torch.preserve_format).requires_grad_()
    means = mean_class_map(squeezenet, leaf).gather(1, dead[:, None])
    (expected,) = torch.autograd.grad(means.sum(), leaf)
    assert torch.equal(found.gradient, expected)


def test_stand_in_raises_a_dead_class_until_its_logit_lives(squeezenet: Classifier) -> None:
    given = images(1)
    target = squeezenet(given).argmin(dim=1)
    found = score_and_gradient(squeezenet, given, target)
    assert found.zero.all()
    for _ in range(40):
        given = given + unit(found.gradient)
        found = score_and_gradient(squeezenet, given, target)
        if not found.zero:
            break
    assert found.score > 0


def test_gradient_of_a_linear_model_is_its_weight() -> None:
    torch.manual_seed(0)
    linear = nn.Linear(3 * 8 * 8, 1000)
    classifier = Classifier(nn.Sequential(nn.Flatten(), linear), SMALL)
    given, targets = images(2, 8), torch.tensor([0, 999])
    weight = linear.weight[targets].view(2, 3, 8, 8)
    in_pixels = score_and_gradient(classifier, given, targets)
    normalized = score_and_gradient(classifier, given, targets, space="normalized")
    assert torch.equal(normalized.gradient, weight)
    torch.testing.assert_close(in_pixels.gradient, weight / classifier.std)
    with torch.no_grad():
        assert torch.equal(normalized.logits, classifier.forward_normalized(given))


def test_rows_do_not_see_each_other(squeezenet: Classifier) -> None:
    given, other = images(3), images(3)
    other[1:] = 1 - other[1:]
    targets = torch.tensor([5, 6, 7])
    one = score_and_gradient(squeezenet, given, targets)
    two = score_and_gradient(squeezenet, other, torch.tensor([5, 600, 700]))
    assert torch.equal(one.gradient[0], two.gradient[0])
    assert torch.equal(one.score[0], two.score[0])
    assert not torch.equal(one.gradient[1], two.gradient[1])


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradient_is_channels_last_and_the_same_for_any_layout(
    squeezenet: Classifier, layout: torch.memory_format
) -> None:
    targets = torch.tensor([5, 6])
    found = score_and_gradient(squeezenet, images(2).contiguous(memory_format=layout), targets)
    assert found.gradient.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(found.gradient, score_and_gradient(squeezenet, images(2), targets).gradient)


@pytest.mark.parametrize("space", ["pixels", "normalized"])
def test_leaves_no_trace_and_works_without_gradients(
    convolutional: Classifier, space: Literal["pixels", "normalized"]
) -> None:
    given = images(2)
    before = given.clone()
    with torch.no_grad():
        found = score_and_gradient(convolutional, given, torch.tensor([1, 2]), space=space)
    assert torch.equal(given, before)
    assert not given.requires_grad
    assert all(parameter.grad is None for parameter in convolutional.parameters())
    assert not any(tensor.requires_grad for tensor in found)


def test_max_abs_is_the_largest_magnitude_over_the_colours() -> None:
    gradient = torch.zeros(2, 3, 2, 2)
    gradient[0, :, 0, 1] = torch.tensor([0.5, -2.0, 1.0])
    gradient[1, :, 1, 1] = torch.tensor([-0.1, 0.0, -0.2])
    expected = torch.zeros(2, 2, 2)
    expected[0, 0, 1], expected[1, 1, 1] = 2.0, 0.2
    assert torch.equal(max_abs(gradient), expected)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**31), exponents=st.lists(st.integers(-30, 15), min_size=1, max_size=4))
def test_unit_rows_have_norm_one_at_any_magnitude(seed: int, exponents: list[int]) -> None:
    generator = torch.Generator().manual_seed(seed)
    scale = torch.tensor([10.0**exponent for exponent in exponents]).view(-1, 1, 1, 1)
    gradient = torch.randn(len(exponents), 3, 7, 5, generator=generator) * scale
    found = unit(gradient)
    norms = found.double().flatten(1).norm(dim=1)
    torch.testing.assert_close(norms, torch.ones_like(norms), rtol=1e-6, atol=0)
    assert torch.equal(found.sign(), gradient.sign())
    last = gradient.contiguous(memory_format=torch.channels_last)
    assert torch.equal(unit(last), found)
    alone = [unit(row[None]) for row in gradient]
    assert torch.equal(torch.cat(alone), found)


def test_unit_leaves_a_row_of_zeros() -> None:
    gradient = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])
    found = unit(gradient)
    assert torch.equal(found[0], torch.zeros(3, 4, 4))
    torch.testing.assert_close(found[1].norm(), torch.tensor(1.0))
