"""The classifier around a network: normalisation, layout, and SqueezeNet's scores."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.transforms.functional import normalize

from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.squeezenet import SqueezeNetClassifier
from small_networks import mean_class_map

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
    logits: Tensor = classifier(given)
    assert network.channels_last
    torch.testing.assert_close(logits[:, :3], classifier.normalize(given).mean(dim=(2, 3)))
    straight = classifier.forward_normalized(classifier.normalize(given))
    assert torch.equal(straight, logits)


def test_squeezenet_logits_are_those_of_torchvision_bit_for_bit(
    squeezenet: models.SqueezeNet,
) -> None:
    classifier = SqueezeNetClassifier(squeezenet, IMAGENET)
    given = images().contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        assert torch.equal(classifier(given), squeezenet(classifier.normalize(given)))


def test_squeezenet_scores_are_the_logits_or_the_mean_class_map_where_they_are_zero(
    squeezenet: models.SqueezeNet,
) -> None:
    classifier = SqueezeNetClassifier(squeezenet, IMAGENET)
    given = images()
    with torch.no_grad():
        logits, means = classifier(given), mean_class_map(classifier, given)
    assert (logits == 0).any()
    for targets in (logits.argmax(dim=1), logits.argmin(dim=1)):
        found = classifier.score_targets(classifier.normalize(given), targets)
        assert torch.equal(found.logits, logits)
        chosen = logits.gather(1, targets[:, None])[:, 0]
        assert torch.equal(found.zero, chosen == 0)
        expected = torch.where(chosen == 0, means.gather(1, targets[:, None])[:, 0], chosen)
        torch.testing.assert_close(found.score, expected)
        assert ((found.score < 0) == found.zero).all()
