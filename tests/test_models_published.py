"""What torchvision publishes, read from its source, against torchvision itself."""

from __future__ import annotations

import math
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision import models
from torchvision.transforms.functional import normalize

from inputgrad.errors import ModelError
from inputgrad.models import torchvision_published
from inputgrad.models.loading import load_classifier
from inputgrad.models.packaged import PACKAGED
from inputgrad.models.preprocessing import Preprocessing, Stated
from inputgrad.models.published import PACKAGED_ACCURACY, published_accuracy
from inputgrad.models.specification import (
    ModelSpecification,
    check,
    described_preprocessing,
    known,
    model_id,
)
from inputgrad.models.torchvision_published import published_file, published_weights

HALF = (0.5, 0.5, 0.5)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def specification(source: str, architecture: str, **fields: Any) -> ModelSpecification:
    return ModelSpecification(name="m", source=source, architecture=architecture, slots=4, **fields)


@pytest.mark.parametrize("architecture", models.list_models(module=models))
def test_every_member_is_read_as_torchvision_has_it(architecture: str) -> None:
    for weights in models.get_model_weights(architecture):
        found, preset = published_weights(architecture, weights.name), weights.transforms()
        assert found.name == str(weights)
        assert found.architecture == architecture
        assert len(found.digits) >= 8
        assert f"-{found.digits}." in weights.url
        assert found.preprocessing == Preprocessing(
            input_size=preset.crop_size[0],
            resize_size=preset.resize_size[0],
            interpolation=preset.interpolation.value,
            mean=tuple(preset.mean),
            std=tuple(preset.std),
        )
        accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
        assert found.accuracy == (None if math.isnan(accuracy) else accuracy)
        assert published_file(found.digits + "0" * (64 - len(found.digits))) is found


def test_a_file_that_no_one_publishes() -> None:
    assert published_file("0" * 64) is None


@pytest.mark.parametrize(
    ("source", "architecture", "weights", "accuracy"),
    [
        ("torchvision", "squeezenet1_1", None, 58.178),
        ("torchvision", "resnet50", "IMAGENET1K_V1", 76.13),
        ("torchvision", "vgg16", "IMAGENET1K_FEATURES", None),
        ("package", "efficientnet_lite0", None, 75.1),
    ],
)
def test_published_accuracy(
    source: str, architecture: str, weights: str | None, accuracy: float | None
) -> None:
    assert published_accuracy(specification(source, architecture, weights=weights)) == accuracy


def test_every_packaged_network_has_an_accuracy() -> None:
    assert PACKAGED.keys() <= PACKAGED_ACCURACY.keys()


def save(file: Path, architecture: str) -> Path:
    torch.manual_seed(0)
    options = {"init_weights": False} if architecture in ("googlenet", "inception_v3") else {}
    torch.save(models.get_model(architecture, **options).state_dict(), file)
    return file


def publish(monkeypatch: pytest.MonkeyPatch, file: Path, name: str) -> str:
    """Let a file be the one that torchvision publishes as `Enum.MEMBER`; its SHA-256's start."""
    digits = sha256(file.read_bytes()).hexdigest()[:8]
    table = torchvision_published._published()
    changed = table | {name: replace(table[name], digits=digits)}
    monkeypatch.setattr(torchvision_published, "_published", lambda: changed)
    return digits


def test_a_published_file_gets_its_own_preprocessing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ResNet-50 has two published files: 256 pixels for one, 232 for the other, the default."""
    file = save(tmp_path / "my own name.bin", "resnet18")
    file.write_bytes(file.read_bytes())
    one = specification("checkpoint", "resnet50", path=file)
    before = model_id(one)
    assert described_preprocessing(one)["resize"] == "232"
    assert "since the file says nothing" in described_preprocessing(one)["from"]
    assert published_accuracy(one) is None

    publish(monkeypatch, file, "ResNet50_Weights.IMAGENET1K_V1")
    assert described_preprocessing(one)["resize"] == "256"
    assert "IMAGENET1K_V1, whose file this is" in described_preprocessing(one)["from"]
    assert published_accuracy(one) == 76.13
    assert model_id(one) != before
    squashed = replace(one, preprocessing=Stated(resize="squash"))
    assert described_preprocessing(squashed)["resize"] == "squash"


def test_a_published_file_of_another_architecture_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = save(tmp_path / "net.pth", "squeezenet1_1")
    publish(monkeypatch, file, "SqueezeNet1_1_Weights.IMAGENET1K_V1")
    with pytest.raises(ModelError, match="state architecture: squeezenet1_1 instead of vgg16"):
        check(specification("checkpoint", "vgg16", path=file))


def test_a_name_that_promises_another_file(tmp_path: Path) -> None:
    promised = published_weights("squeezenet1_1").digits
    file = save(tmp_path / f"squeezenet1_1-{promised}.pth", "squeezenet1_1")
    with pytest.raises(ModelError) as caught:
        check(specification("checkpoint", "squeezenet1_1", path=file))
    begins = sha256(file.read_bytes()).hexdigest()[:8]
    assert f"begins with {promised}; this file's begins with {begins}" in str(caught.value)
    assert "\n" not in str(caught.value)
    check(specification("checkpoint", "squeezenet1_1", path=file.rename(tmp_path / "n-20240131.p")))


def seen(file: Path, stated: Stated, images: Tensor) -> Tensor:
    """What the first layer of a GoogLeNet is given."""
    one = specification("checkpoint", "googlenet", path=file, preprocessing=stated)
    classifier, found = load_classifier(one, device="cpu"), []
    first = classifier.get_submodule("network.conv1")
    first.register_forward_pre_hook(lambda _layer, inputs: found.append(inputs[0]))
    with torch.no_grad():
        classifier(images)
    return found[0]


def test_googlenet_converts_its_input_only_where_the_file_is_known_to_ask_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(x - 0.5) / 0.5 by the network itself, or by a stated mean and std, is the same function."""
    file = save(tmp_path / "net.pth", "googlenet")
    with pytest.raises(ModelError, match="state mean and std under preprocessing"):
        check(specification("checkpoint", "googlenet", path=file))
    with pytest.raises(ModelError, match="state mean and std"):
        check(specification("checkpoint", "googlenet", path=file, preprocessing=Stated(mean=HALF)))

    images = torch.rand(1, 3, 224, 224)
    halved, torchvisions = (images - 0.5) / 0.5, normalize(images, list(MEAN), list(STD))
    torch.testing.assert_close(seen(file, Stated(mean=HALF, std=HALF), images), halved)
    torch.testing.assert_close(seen(file, Stated(mean=MEAN, std=STD), images), torchvisions)
    publish(monkeypatch, file, "GoogLeNet_Weights.IMAGENET1K_V1")
    for stated in (
        Stated(),
        Stated(resize="squash"),
        Stated(mean=MEAN, std=STD),
        Stated(range=255),
        Stated(mean=HALF, std=HALF),
    ):
        torch.testing.assert_close(seen(file, stated, images), halved, rtol=1e-4, atol=1e-5)


def test_torchvisions_own_inception_converts() -> None:
    assert known(specification("torchvision", "inception_v3")).converts
    assert not known(specification("torchvision", "resnet50")).converts
    stated = Stated(mean=HALF, std=HALF)
    assert not known(specification("torchvision", "inception_v3", preprocessing=stated)).converts
