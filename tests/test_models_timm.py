"""timm models from a local file; timm itself is an extra, so a stand-in takes its place here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from inputgrad.errors import ModelError
from inputgrad.models import versions
from inputgrad.models.loading import load_classifier
from inputgrad.models.specification import ModelSpecification

SETTINGS = {
    "input_size": (3, 32, 32),
    "crop_pct": 0.9,
    "interpolation": "bicubic",
    "mean": (0.5, 0.4, 0.3),
    "std": (0.2, 0.3, 0.4),
}


class Tiny(nn.Module):
    """A network such as timm builds, with its settings on board."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.head = nn.Linear(3, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(images.mean(dim=(2, 3)))
        return scores


def specification(path: Path, architecture: str) -> ModelSpecification:
    return ModelSpecification(
        name="net", source="timm", architecture=architecture, path=path, slots=4
    )


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offers what is used of timm: names, building without weights, settings of a network."""
    timm: Any = ModuleType("timm")
    timm.data = data = ModuleType("timm.data")
    timm.is_model = lambda name: name == "tiny"
    timm.list_models = lambda: ["tiny", "huge"]
    timm.create_model = lambda _name, *, pretrained: None if pretrained else Tiny()
    monkeypatch.setattr(data, "resolve_model_data_config", lambda _net: SETTINGS, raising=False)
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "timm.data", data)
    monkeypatch.setattr(versions, "version", lambda _name: "1.0.0")
    yield
    sys.modules.pop("inputgrad.models.timm_checkpoint", None)


@pytest.mark.usefixtures("stand_in")
def test_weights_come_from_the_file_and_preprocessing_from_the_settings(tmp_path: Path) -> None:
    network = Tiny()
    torch.save(network.state_dict(), tmp_path / "net.pth")
    classifier = load_classifier(specification(tmp_path / "net.pth", "tiny"), device="cpu")
    found = (classifier.input_size, classifier.resize_size, classifier.interpolation)
    assert found == (32, 35, "bicubic")
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        expected = network(classifier.normalize(images))
        torch.testing.assert_close(classifier(images), expected)
    assert classifier.mean.flatten().tolist() == pytest.approx([0.5, 0.4, 0.3])


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("architecture", "classes", "expected"),
    [
        ("tyny", 1000, "unknown timm architecture 'tyny'; nearest: tiny"),
        ("tiny", 10, r"head.weight is \(10, 3\) instead of \(1000, 3\)"),
    ],
)
def test_faults(tmp_path: Path, architecture: str, classes: int, expected: str) -> None:
    torch.save(Tiny(classes).state_dict(), tmp_path / "net.pth")
    with pytest.raises(ModelError, match=expected):
        load_classifier(specification(tmp_path / "net.pth", architecture), device="cpu")


def test_a_real_timm_model(tmp_path: Path) -> None:
    timm = pytest.importorskip("timm")
    network = timm.create_model("resnet10t", pretrained=False).eval()
    torch.save(network.state_dict(), tmp_path / "net.pth")
    classifier = load_classifier(specification(tmp_path / "net.pth", "resnet10t"), device="cpu")
    size = classifier.input_size
    images = torch.rand(1, 3, size, size).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        expected = network.to(memory_format=torch.channels_last)(classifier.normalize(images))
        assert torch.equal(classifier(images), expected)
