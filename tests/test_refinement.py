"""The way back from an image that fools: shorter, verified, on the bytes of a PNG, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from attacking import SLOTS, aimed, attacked, bits, counters, run_of
from inputgrad.adversarial.records import Result
from inputgrad.engine.records import LabelledImage
from inputgrad.engine.scoring import is_fooled, score_images
from inputgrad.images.decoding import from_png, png_bytes
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT
from small_networks import MEAN, STD, convolutional, pictures, preprocessing, samples_of

either_criterion = pytest.mark.parametrize("policy", ["runner_up", "untargeted"])


class Linear(nn.Module):
    """Class 1 leads class 0 by w.x - b, all others are far behind."""

    def __init__(self, size: int, threshold: float) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.weight = nn.Parameter(torch.randn(3, size, size))
        self.threshold = threshold

    def forward(self, images: Tensor) -> Tensor:
        lead = (images * self.weight).sum(dim=(1, 2, 3)) - self.threshold
        rest = torch.full((len(images), CLASS_COUNT - 2), -1e4)
        return torch.cat([torch.zeros(len(images), 1), lead[:, None], rest], dim=1)


def linear() -> tuple[Classifier, LabelledImage, float]:
    """A network, a grey photograph of class 0, and the distance to class 1 in L2."""
    size, distance = 16, 0.3
    grey = np.full((size, size, 3), 120, np.uint8)
    bare = Classifier(Linear(size, 0.0), preprocessing(size))
    with torch.no_grad():
        logits = bare(to_tensor(grey)[None])[0]
    network = bare.network
    assert isinstance(network, Linear)
    slope = (network.weight.detach() / bare.std[0]).norm()
    network.threshold = float(logits[1] + distance * slope)
    return bare, LabelledImage("grey", 0, grey), distance


def ended(
    network: Classifier, images: list[LabelledImage], policy: str, **parameters: Any
) -> list[Result]:
    run = run_of(**({"eta": 0.4, "budget": 30, "objective": "margin"} | parameters))
    return attacked(network, aimed(network, images, run, policy))


def length(result: Result, image: LabelledImage) -> float:
    return float(np.linalg.norm(result.image - to_tensor(image.pixels).numpy()))


@either_criterion
def test_of_a_linear_network_the_nearest_point_is_found(policy: str) -> None:
    network, image, distance = linear()
    (plain,) = ended(network, [image], policy)
    (refined,) = ended(network, [image], policy, refine=10)
    assert length(plain, image) > 1.2 * distance
    assert distance <= length(refined, image) < 1.001 * distance


def test_of_a_linear_network_the_lattice_image_is_the_shortest_up_to_ties() -> None:
    """Against all roundings of distances along the gradient, by search."""
    network, image, _ = linear()
    (found,) = ended(network, [image], "runner_up", refine=10, quantize=True)
    levels = np.rint((found.image - to_tensor(image.pixels).numpy()) * 255)
    weight = (network.network.weight.detach() / network.std[0]).numpy()  # type: ignore[union-attr]
    needed = float(torch.as_tensor(weight).norm()) * 0.3 * 255
    shortest = next(
        float(np.linalg.norm(np.rint(scale * weight)))
        for scale in np.linspace(0.1, 2.0, 2000)
        if (np.rint(scale * weight) * weight).sum() >= needed
    )
    assert shortest * 0.999 <= np.linalg.norm(levels) <= shortest * 1.01


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module")
def images(network: Classifier) -> list[LabelledImage]:
    return samples_of(network, pictures(network.input_size, 5))


@either_criterion
@pytest.mark.parametrize("refine", [0, 12])
def test_the_png_is_the_attack(
    policy: str, refine: int, network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of(eta=0.4, budget=30, quantize=True, refine=refine)
    attacks = aimed(network, images, run, policy)
    for attack, result in zip(attacks, attacked(network, attacks), strict=True):
        assert counters(result).success
        pixels = to_pixels(torch.from_numpy(result.image))
        np.testing.assert_array_equal(to_tensor(pixels).numpy(), result.image)
        read = from_png(png_bytes(pixels))
        for slots in (1, SLOTS):
            (logits,) = score_images(network, [read], slots=slots)
            assert is_fooled(int(logits.argmax()), label=attack.image.label, target=attack.target)


@either_criterion
def test_what_is_refined_is_shorter_and_counted(
    policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    plain = ended(network, images, policy)
    refined = ended(network, images, policy, refine=12)
    for image, before, after in zip(images, plain, refined, strict=True):
        assert length(after, image) < length(before, image)
        taken = counters(after).gradient_evaluations - counters(before).gradient_evaluations
        assert taken == 12
        assert counters(after).iterations == counters(before).iterations


@pytest.mark.parametrize("quantize", [False, True])
def test_bits_depend_on_no_neighbour(
    quantize: bool, network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of(eta=0.4, budget=30, quantize=quantize, refine=6)
    attacks = [a for p in ("runner_up", "untargeted") for a in aimed(network, images, run, p)]
    together = [bits(result) for result in attacked(network, attacks)]
    backwards = [bits(result) for result in attacked(network, attacks[::-1])]
    assert backwards[::-1] == together
    assert bits(*attacked(network, attacks[3:4])) == together[3]


class BetweenLevels(nn.Module):
    """Class 1 leads on images between the levels of 8 bits, and on none of them."""

    def forward(self, images: Tensor) -> Tensor:
        std, mean = (torch.tensor(v).view(3, 1, 1) for v in (STD, MEAN))
        waves = torch.sin(2 * torch.pi * 255 * (images * std + mean))
        lead = waves.mean(dim=(1, 2, 3)) - 0.5
        rest = torch.full((len(images), CLASS_COUNT - 2), -1e4)
        return torch.cat([torch.zeros(len(images), 1), lead[:, None], rest], dim=1)


def test_where_no_lattice_image_fools_the_attack_has_failed() -> None:
    network = Classifier(BetweenLevels(), preprocessing(4))
    grey = LabelledImage("grey", 0, np.full((4, 4, 3), 100, np.uint8))
    (between,) = ended(network, [grey], "runner_up", eta=0.001)
    assert counters(between).success
    (lost,) = ended(network, [grey], "runner_up", eta=0.001, quantize=True)
    assert (counters(lost).success, counters(lost).failure) == (False, "lattice")
    assert counters(lost).iterations == 30
