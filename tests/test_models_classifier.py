"""The classifier around a network: normalisation, layout, and SqueezeNet's fallback."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.transforms.functional import normalize

from inputgrad.models.classifier import Classifier, Scores
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.squeezenet import SqueezeNetClassifier

IMAGENET = Preprocessing(
    input_size=64,
    resize_size=72,
    interpolation="bilinear",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
)


class LayoutSpy(nn.Module):
    """Remembers the memory format it was given."""

    channels_last = False

    def forward(self, images: Tensor) -> Tensor:
        self.channels_last = images.is_contiguous(memory_format=torch.channels_last)
        return images.mean(dim=(2, 3)).repeat(1, 334)[:, :1000]


def images(n: int = 2) -> Tensor:
    return torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=["squeezenet1_0", "squeezenet1_1"])
def squeezenet(request: pytest.FixtureRequest) -> models.SqueezeNet:
    torch.manual_seed(0)
    network: models.SqueezeNet = models.get_model(request.param)
    return network.eval().to(memory_format=torch.channels_last)


def test_network_is_frozen_and_in_evaluation_mode() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).half().train()
    classifier = Classifier(network, IMAGENET)
    assert not any(module.training for module in classifier.modules())
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    assert {parameter.dtype for parameter in classifier.parameters()} == {torch.float32}
    weight = classifier.get_parameter("network.0.weight")
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_preprocessing_stands_as_attributes() -> None:
    classifier = Classifier(nn.Identity(), IMAGENET)
    found = (classifier.input_size, classifier.resize_size, classifier.interpolation)
    assert found == (64, 72, "bilinear")
    assert classifier.mean.flatten().tolist() == pytest.approx(IMAGENET.mean)
    assert classifier.std.flatten().tolist() == pytest.approx(IMAGENET.std)


def test_normalize_is_that_of_torchvision_bit_for_bit() -> None:
    classifier = Classifier(nn.Identity(), IMAGENET)
    expected = normalize(images(), list(IMAGENET.mean), list(IMAGENET.std))
    assert torch.equal(classifier.normalize(images()), expected)
    back = classifier.denormalize(classifier.normalize(images()))
    torch.testing.assert_close(back, images())


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_network_sees_normalised_channels_last_images(layout: torch.memory_format) -> None:
    network = LayoutSpy()
    classifier = Classifier(network, IMAGENET)
    given = images().contiguous(memory_format=layout)
    scores: Scores = classifier(given)
    assert network.channels_last
    assert scores.fallback is None
    torch.testing.assert_close(scores.logits[:, :3], classifier.normalize(given).mean(dim=(2, 3)))
    straight = classifier.forward_normalized(classifier.normalize(given))
    assert torch.equal(straight.logits, scores.logits)


def test_squeezenet_logits_are_those_of_torchvision_bit_for_bit(
    squeezenet: models.SqueezeNet,
) -> None:
    classifier = SqueezeNetClassifier(squeezenet, IMAGENET)
    given = images().contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        assert torch.equal(classifier(given).logits, squeezenet(classifier.normalize(given)))


def test_squeezenet_fallback_is_the_mean_class_map_before_the_relu(
    squeezenet: models.SqueezeNet,
) -> None:
    maps: list[Tensor] = []
    convolution = squeezenet.classifier[1]
    # Copied at once: torchvision's own ReLU works in place on it.
    handle = convolution.register_forward_hook(lambda _m, _i, out: maps.append(out.clone()))
    classifier = SqueezeNetClassifier(squeezenet, IMAGENET)
    with torch.no_grad():
        logits, fallback = classifier(images())
        squeezenet(classifier.normalize(images()))
    handle.remove()
    assert torch.equal(maps[0], maps[1])
    torch.testing.assert_close(fallback, maps[1].mean(dim=(2, 3)))
    dead = (maps[1] <= 0).flatten(2).all(dim=2)
    assert dead.any()
    assert torch.equal(logits == 0, dead)
