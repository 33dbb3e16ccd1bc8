"""Iterations in bfloat16: coarse steps, float32 verdicts, and the engine's promise on bits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from attacking import aimed, attacked, bits, counters, predicted, run_of
from inputgrad.adversarial.records import Attack
from inputgrad.engine.records import LabelledImage
from inputgrad.engine.slots import Usage
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, preprocessing, repeated, samples_of, squeezenet

TARGET = 7
BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet}


def attacks_on(
    classifier: Classifier, images: list[LabelledImage], precision: str, *, budget: int = 12
) -> list[Attack]:
    run = run_of(eta=0.05, budget=budget, search_precision=precision)
    return aimed(classifier, images, run, "runner_up")


@pytest.fixture(scope="module", params=list(BUILDERS))
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return BUILDERS[request.param]()


@pytest.fixture(scope="module")
def images(classifier: Classifier) -> list[LabelledImage]:
    """Photographs that the network is right about, and a last one that it is wrong about."""
    right = samples_of(classifier, pictures(classifier.input_size, 4))
    return [*right, LabelledImage("f" * 16, (right[0].label + 1) % 1000, right[0].pixels)]


def test_what_is_said_of_the_photograph_is_float32(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    *fine, wrong = attacked(classifier, attacks_on(classifier, images, "float32"))
    *coarse, wrong_too = attacked(classifier, attacks_on(classifier, images, "bfloat16"))
    assert bits(wrong) == bits(wrong_too)
    before = ("predicted_iterations", "confidence_label_before", "confidence_target_before")
    for one, other in zip(fine, coarse, strict=True):
        assert one.prediction == other.prediction
        for name in before:
            assert getattr(counters(one), name) == getattr(counters(other), name)
    assert any(
        (one.image != other.image).any()
        for one, other in zip(fine, coarse, strict=True)
        if counters(one).iterations > 1
    )


def test_every_success_holds_in_float32_and_every_failure_too(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    attacks = attacks_on(classifier, images[:-1], "bfloat16", budget=6)
    successes = set()
    for attack, result in zip(attacks, attacked(classifier, attacks), strict=True):
        found = counters(result)
        assert found.success == (predicted(classifier, result) == attack.target)
        assert found.success or found.iterations == 6
        successes.add(found.success)
    assert True in successes


class Boastful(Classifier):
    """Sees the target wherever it looks, but only when it computes in bfloat16."""

    def forward_normalized(self, images: Tensor) -> Tensor:
        logits = super().forward_normalized(images)
        if not torch.is_autocast_enabled("cpu"):
            return logits
        boast = torch.zeros(1000, dtype=logits.dtype)
        boast[TARGET] = 1000.0
        return logits + boast


@pytest.mark.parametrize("budget", [1, 5])
def test_refuted_claims_neither_count_nor_stop_the_search(budget: int) -> None:
    honest = convolutional()
    boastful = Boastful(honest.network, preprocessing(honest.input_size))
    (image,) = samples_of(honest, pictures(honest.input_size, 1))
    run = run_of(eta=0.01, budget=budget, search_precision="bfloat16")
    usage = Usage()
    (result,) = attacked(boastful, [Attack(image, run, TARGET)], usage=usage)
    found = counters(result)
    assert not found.success
    assert found.iterations == budget
    # every claim is made once, and evaluated again to move on from where it was refuted
    assert found.gradient_evaluations == 2 * budget
    assert usage.live == found.gradient_evaluations
    moved = torch.from_numpy(result.image) - to_tensor(image.pixels)
    assert 0 < float(moved.norm()) <= 0.01 * budget * 1.001


def test_precisions_do_not_mix(classifier: Classifier, images: list[LabelledImage]) -> None:
    fine = attacks_on(classifier, images[:3], "float32")
    coarse = attacks_on(classifier, images[3:], "bfloat16")
    mixed = attacked(classifier, [coarse[0], *fine, *coarse[1:]])
    apart = [*attacked(classifier, fine), *attacked(classifier, coarse)]
    assert [bits(r) for r in (*mixed[1:4], mixed[0], *mixed[4:])] == [bits(r) for r in apart]


def test_a_target_that_is_predicted_at_once_ends_before_any_coarse_step() -> None:
    network = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 1000)), preprocessing(8))
    (image,) = samples_of(network, pictures(8, 1))
    run = run_of(eta=0.1, budget=9, search_precision="bfloat16")
    usage = Usage()
    (result,) = attacked(network, [Attack(image, run, image.label)], usage=usage)
    assert (counters(result).success, counters(result).iterations) == (True, 0)
    assert usage.steps == 1
    assert torch.equal(torch.from_numpy(result.image), repeated(image.pixels, 1)[0])
