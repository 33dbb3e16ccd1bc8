"""timm models from a local file; timm itself is an extra, so a stand-in takes its place here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from inputgrad.errors import ModelError
from inputgrad.models import timm_names, versions
from inputgrad.models.loading import load_classifier
from inputgrad.models.preprocessing import Stated
from inputgrad.models.specification import (
    ModelSpecification,
    check,
    described_preprocessing,
    model_id,
)

SETTINGS = {
    "input_size": (3, 32, 32),
    "crop_pct": 0.9,
    "crop_mode": "center",
    "interpolation": "bicubic",
    "mean": (0.5, 0.4, 0.3),
    "std": (0.2, 0.3, 0.4),
}
INIT = """
from torch import nn

class Tiny(nn.Module):
    def __init__(self, classes=1000):
        super().__init__()
        self.head = nn.Linear(3, classes)

    def forward(self, images):
        return self.head(images.mean(dim=(2, 3)))

def create_model(name, *, pretrained):
    assert not pretrained
    if name.endswith("broken"):
        raise RuntimeError("no such thing")
    return Tiny()
"""
MODELS = """
default_cfgs = generate_default_cfgs({
    'tiny.in1k': _cfg(), "tiny.broken": _cfg(), 'huge.untrained': _cfg(),
})

@register_model
def tiny(pretrained=False, **kwargs) -> Tiny:
    pass

@register_model
def untagged(pretrained=False, **kwargs) -> Tiny:
    pass

def no_model(x):
    pass

register_model_deprecations(__name__, {
    'tiny_old': 'tiny.in1k',
})
"""


def specification(path: Path, architecture: str, **fields: Any) -> ModelSpecification:
    return ModelSpecification(
        name="net", source="timm", architecture=architecture, path=path, slots=4, **fields
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A package with what is used of timm; the settings of its network, to be changed."""
    files = {
        "__init__.py": INIT,
        "data.py": "SETTINGS = {}\ndef resolve_model_data_config(network): return SETTINGS",
        "models/tiny.py": MODELS,
    }
    for name, text in files.items():
        file = tmp_path / "packages" / "timm" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    theirs = [name for name in sys.modules if name.partition(".")[0] == "timm"]
    for name in [*theirs, "inputgrad.models.timm_checkpoint"]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.setattr(versions, "version", lambda _name: "1.0.0")
    timm_names._tags.cache_clear()
    import timm.data

    timm.data.SETTINGS = found = dict(SETTINGS)
    yield found
    for name in ("timm", "timm.data", "inputgrad.models.timm_checkpoint"):
        sys.modules.pop(name, None)
    timm_names._tags.cache_clear()


@pytest.fixture
def weights(settings: dict[str, Any], tmp_path: Path) -> Path:
    del settings
    torch.manual_seed(0)
    file = tmp_path / "net.pth"
    torch.save({"head.weight": torch.rand(1000, 3), "head.bias": torch.rand(1000)}, file)
    return file


def test_weights_come_from_the_file_and_preprocessing_from_the_settings(weights: Path) -> None:
    classifier = load_classifier(specification(weights, "tiny"), device="cpu")
    found = (classifier.input_size, classifier.resize_size, classifier.interpolation)
    assert found == (32, 35, "bicubic")
    assert classifier.mean.flatten().tolist() == pytest.approx([0.5, 0.4, 0.3])
    head = nn.Linear(3, 1000)
    head.load_state_dict({k[5:]: v for k, v in torch.load(weights, weights_only=True).items()})
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        expected = head(classifier.normalize(images).mean(dim=(2, 3)))
        torch.testing.assert_close(classifier(images), expected)


@pytest.mark.parametrize(
    ("changes", "stated", "resize"),
    [
        ({"crop_mode": "squash", "crop_pct": 1.0}, Stated(), None),
        ({"crop_pct": 1.0}, Stated(), 32),
        ({}, Stated(resize="squash"), None),
        ({"crop_mode": "border"}, Stated(size=32, resize=40), 40),
        ({"input_size": (3, 32, 16)}, Stated(size=32, resize="squash"), None),
    ],
)
def test_crop_modes(
    weights: Path,
    settings: dict[str, Any],
    changes: dict[str, Any],
    stated: Stated,
    resize: int | None,
) -> None:
    settings.update(changes)
    one = specification(weights, "tiny", preprocessing=stated)
    classifier = load_classifier(one, device="cpu")
    assert (classifier.input_size, classifier.resize_size) == (32, resize)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"crop_mode": "border"}, "crop_mode border with crop_pct 0.9"),
        ({"crop_mode": "squash"}, "crop_mode squash with crop_pct 0.9"),
        ({"input_size": (3, 32, 16)}, "an input of 3 x 32 x 16"),
        ({"input_size": (1, 32, 32)}, "an input of 1 x 32 x 32"),
        ({"interpolation": "lanczos"}, "unknown interpolation 'lanczos'"),
    ],
)
def test_settings_that_cannot_be_followed(
    weights: Path, settings: dict[str, Any], changes: dict[str, Any], expected: str
) -> None:
    settings.update(changes)
    with pytest.raises(ModelError, match=r"^model 'net': ") as caught:
        load_classifier(specification(weights, "tiny"), device="cpu")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        ("tyny", "unknown timm architecture 'tyny'; nearest: tiny"),
        ("huge", "unknown timm architecture 'huge'"),
        ("no_model", "unknown timm architecture 'no_model'"),
        ("hf-hub:someone/tiny", "unknown timm architecture"),
        ("tiny.nonsense", "unknown tag of timm's tiny 'nonsense'; nearest: broken, in1k"),
    ],
)
def test_names_are_checked_before_the_first_job(
    weights: Path, architecture: str, expected: str
) -> None:
    with pytest.raises(ModelError) as caught:
        check(specification(weights, architecture))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("architecture", ["tiny", "tiny.in1k", "tiny_old", "untagged.any"])
def test_known_names(weights: Path, architecture: str) -> None:
    check(specification(weights, architecture))


def test_what_timm_itself_refuses_is_one_line(weights: Path) -> None:
    with pytest.raises(ModelError, match=r"timm cannot build 'tiny\.broken': no such thing"):
        load_classifier(specification(weights, "tiny.broken"), device="cpu")


def test_a_head_of_another_size(weights: Path) -> None:
    torch.save({"head.weight": torch.zeros(10, 3), "head.bias": torch.zeros(10)}, weights)
    with pytest.raises(ModelError, match=r"head.weight is \(10, 3\) instead of \(1000, 3\)"):
        load_classifier(specification(weights, "tiny"), device="cpu")


def test_what_is_stated_is_in_the_identity_and_described(weights: Path) -> None:
    one = specification(weights, "tiny")
    two = specification(weights, "tiny", preprocessing=Stated(resize="squash"))
    assert model_id(one) != model_id(two)
    assert described_preprocessing(one) == {"from": "timm 1.0.0's tiny"}
    assert described_preprocessing(two)["resize"] == "squash"


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


def test_names_read_from_the_source_are_those_of_timm() -> None:
    timm = pytest.importorskip("timm")
    assert set(timm.list_models()) <= set(timm_names._tags())
    for name in timm.list_pretrained():
        timm_names.check_timm_name(name)
