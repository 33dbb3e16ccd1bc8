"""Weights of torchvision's enums, from files laid where torchvision keeps them; no network."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from inputgrad.errors import ModelError
from inputgrad.models.loading import load_classifier
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.torchvision_weights import prefetch

Publish = Callable[..., Path]
DENSE = re.compile(r"(denselayer\d+\.(?:norm|conv))([12])")


def specification(architecture: str, **fields: Any) -> ModelSpecification:
    return ModelSpecification(
        name="net", source="torchvision", architecture=architecture, slots=4, **fields
    )


def random_state(architecture: str) -> dict[str, Tensor]:
    torch.manual_seed(0)
    options = {"init_weights": False} if architecture == "googlenet" else {}
    network: nn.Module = models.get_model(architecture, **options)
    return dict(network.state_dict())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "hub" / "checkpoints"


@pytest.fixture
def publish(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Save random weights as an architecture's published ones, at a URL of a local file."""

    def publish(architecture: str, state: dict[str, Tensor], *, digits: str = "") -> Path:
        file = tmp_path / "origin.pth"
        torch.save(state, file)
        digits = digits or hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        file = file.rename(tmp_path / f"{architecture}-{digits}.pth")
        weights = models.get_model_weights(architecture)["DEFAULT"]
        monkeypatch.setattr(weights.value, "url", file.as_uri())
        return home / file.name

    return publish


def test_downloads_once_into_torch_home(publish: Publish, tmp_path: Path) -> None:
    place = publish("squeezenet1_1", random_state("squeezenet1_1"))
    assert prefetch(specification("squeezenet1_1")) == place
    assert place.is_file()
    (tmp_path / place.name).unlink()  # the origin: from here on there is no network
    load_classifier(specification("squeezenet1_1"), device="cpu")
    assert prefetch(specification("squeezenet1_1")) == place


def old_densenet_keys(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Keys as in the published files, which are older than the counters too."""
    return {
        DENSE.sub(r"\1.\2", name): value
        for name, value in state.items()
        if not name.endswith("num_batches_tracked")
    }


@pytest.mark.parametrize(
    "architecture",
    ["squeezenet1_0", "squeezenet1_1", "densenet121", "googlenet", "regnet_x_400mf", "resnet18"],
)
def test_scores_are_those_of_torchvisions_own_loading(publish: Publish, architecture: str) -> None:
    state = random_state(architecture)
    if architecture == "densenet121":
        state = old_densenet_keys(state)
    prefetched = publish(architecture, state)
    classifier = load_classifier(specification(architecture), device="cpu")
    assert prefetched.is_file()
    theirs = models.get_model(architecture, weights="DEFAULT", progress=False).eval()
    theirs = theirs.to(memory_format=torch.channels_last)
    images = torch.rand(1, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        expected = theirs(classifier.normalize(images))
        assert torch.equal(classifier(images), expected)
    assert torch.isfinite(expected).all()
    assert expected.std() > 0


def test_a_download_that_is_not_the_file_is_refused(publish: Publish) -> None:
    place = publish("squeezenet1_1", random_state("squeezenet1_1"), digits="01234567")
    with pytest.raises(ModelError, match="invalid hash value"):
        prefetch(specification("squeezenet1_1"))
    assert not any(place.parent.iterdir())


def test_a_file_in_torch_home_that_is_not_the_file_is_refused(publish: Publish) -> None:
    place = publish("squeezenet1_1", random_state("squeezenet1_1"))
    prefetch(specification("squeezenet1_1"))
    torch.save({"a": torch.zeros(1)}, place)
    with pytest.raises(ModelError, match="is not the expected file") as caught:
        load_classifier(specification("squeezenet1_1"), device="cpu")
    assert str(place) in str(caught.value)


def test_the_configs_hash_is_checked_too(publish: Publish) -> None:
    publish("squeezenet1_1", random_state("squeezenet1_1"))
    with pytest.raises(ModelError, match="should begin with 0123456789"):
        prefetch(specification("squeezenet1_1", sha256="0123456789"))


def test_offline_names_the_file_its_place_and_its_origin(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = (tmp_path / "vgg16-397923af.pth").as_uri()  # nothing is there
    monkeypatch.setattr(models.VGG16_Weights.DEFAULT.value, "url", origin)
    with pytest.raises(ModelError, match=r"^model 'net': ") as caught:
        load_classifier(specification("vgg16"), device="cpu")
    message = str(caught.value)
    for part in ("vgg16-397923af.pth", str(home), origin, "TORCH_HOME"):
        assert part in message
    assert "\n" not in message
