"""Local state_dict files: every accepted form gives the same network, every other one an error."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision import models

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.preprocessing import Stated
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.state_dict import read_weights

State = dict[str, Tensor]


def squeezenet() -> models.SqueezeNet:
    torch.manual_seed(0)
    network: models.SqueezeNet = models.squeezenet1_1()
    return network.eval()


@pytest.fixture(scope="module")
def state() -> State:
    """Random weights that half precision holds exactly, so that every form means the same."""
    return {name: value.half().float() for name, value in squeezenet().state_dict().items()}


def load(path: Path, architecture: str = "squeezenet1_1", **fields: Any) -> Classifier:
    specification = ModelSpecification(
        name="net", source="checkpoint", architecture=architecture, path=path, slots=4, **fields
    )
    return load_classifier(specification, device="cpu")


def with_prefix(state: State) -> State:
    return {f"module.{name}": value for name, value in state.items()}


def halved(state: State) -> State:
    return {name: value.half() for name, value in state.items()}


@pytest.mark.parametrize(
    "form",
    [
        lambda state: state,
        halved,
        with_prefix,
        lambda state: {"state_dict": with_prefix(state), "epoch": 90},
        lambda state: {"model": halved(state), "optimizer": {}},
    ],
    ids=["plain", "half precision", "DataParallel", "wrapped DataParallel", "wrapped half"],
)
def test_every_form_gives_the_network_that_was_saved(
    state: State, tmp_path: Path, form: Callable[[State], object]
) -> None:
    torch.save(form(state), tmp_path / "net.pth")
    check_same(load(tmp_path / "net.pth"), state)


def test_what_was_taken_off_is_said(
    state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torch.save({"state_dict": with_prefix(state)}, tmp_path / "net.pth")
    with caplog.at_level(logging.INFO, logger="inputgrad"):
        classifier = load(tmp_path / "net.pth")
    notes = ("weights taken from the entry state_dict", "prefix module. taken off every name")
    assert classifier.notes == notes
    assert caplog.messages == [f"model net: {note}" for note in notes]


@pytest.mark.parametrize("form", [lambda state: state, halved], ids=["full", "half"])
def test_safetensors(state: State, tmp_path: Path, form: Callable[[State], State]) -> None:
    save_file(form(state), tmp_path / "net.safetensors")
    check_same(load(tmp_path / "net.safetensors"), state)


def check_same(classifier: Classifier, state: State) -> None:
    network = squeezenet().to(memory_format=torch.channels_last)
    network.load_state_dict(state)
    images = torch.rand(1, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        assert torch.equal(classifier(images), network(classifier.normalize(images)))


def test_preprocessing_is_the_architectures_unless_given(state: State, tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    torch.save(state, file)
    preset = models.SqueezeNet1_1_Weights.DEFAULT.transforms()
    classifier = load(file)
    found = [classifier.input_size, classifier.resize_size, classifier.interpolation]
    assert found == [*preset.crop_size, *preset.resize_size, preset.interpolation.value]
    assert torch.equal(classifier.mean.flatten(), torch.tensor(preset.mean))
    assert torch.equal(classifier.std.flatten(), torch.tensor(preset.std))
    classifier = load(file, preprocessing=Stated(size=96, std=(0.5, 0.25, 0.125)))
    assert (classifier.input_size, classifier.resize_size) == (96, *preset.resize_size)
    assert torch.equal(classifier.mean.flatten(), torch.tensor(preset.mean))
    assert classifier.std.flatten().tolist() == [0.5, 0.25, 0.125]


def test_a_vision_transformer_is_built_for_the_given_size(tmp_path: Path) -> None:
    torch.save({"encoder.pos_embedding": torch.zeros(1, 577, 768)}, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=r"is \(1, 577, 768\) instead of \(1, 197, 768\)"):
        load(tmp_path / "net.pth", "vit_b_16")
    large = Stated(size=384, resize=384)
    with pytest.raises(ModelError) as caught:
        load(tmp_path / "net.pth", "vit_b_16", preprocessing=large)
    assert "instead of" not in str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "size", "expected"),
    [
        ("vit_b_16", 100, "vit_b_16 cannot be built for images of 100 x 100 pixels"),
        ("squeezenet1_1", 8, "it cannot see images of 8 x 8 pixels"),
    ],
)
def test_a_size_that_the_network_cannot_see(
    state: State, tmp_path: Path, architecture: str, size: int, expected: str
) -> None:
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=expected) as caught:
        load(tmp_path / "net.pth", architecture, preprocessing=Stated(size=size))
    assert "state another size" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_batch_normalisation_without_its_counters(tmp_path: Path) -> None:
    network = models.mobilenet_v3_small().eval()
    state = network.state_dict()
    old = {name: value for name, value in state.items() if not name.endswith("batches_tracked")}
    assert len(old) < len(state)
    torch.save(old, tmp_path / "net.pth")
    classifier = load(tmp_path / "net.pth", "mobilenet_v3_small")
    assert not any(tensor.is_meta for tensor in classifier.state_dict().values())


def test_wrong_keys_and_shapes_are_named_with_their_counts(state: State, tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    faulty = {name: value for name, value in state.items() if not name.startswith("features.3")}
    faulty["classifier.1.weight"] = torch.zeros(10, 512, 1, 1)
    faulty["head.weight"] = torch.zeros(1)
    torch.save(faulty, file)
    with pytest.raises(ModelError, match=r"^model 'net': ") as caught:
        load(file)
    message = str(caught.value)
    assert "missing: features.3.squeeze.weight, features.3.squeeze.bias, " in message
    assert "… (6 in all)" in message
    assert "unexpected: head.weight;" in message
    assert "classifier.1.weight is (10, 512, 1, 1) instead of (1000, 512, 1, 1)" in message
    assert "1000 classes" in message


def test_another_architectures_file(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(ModelError, match="does not fit a VGG of 1000 classes"):
        load(tmp_path / "net.pth", "vgg11")


class Payload:
    """What unpickling this would do is remembered, so that the test sees that it did not."""

    opened = False

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return setattr, (Payload, "opened", True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, "holds no state_dict"),
        ({"lr": 0.1}, "holds no state_dict"),
        ([torch.zeros(2)], "holds no state_dict"),
        (squeezenet(), "type torchvision.models.squeezenet.SqueezeNet, which is not opened"),
        (Payload(), "type setattr, which is not opened"),
    ],
    ids=["empty", "no tensors", "a list", "a whole network", "code"],
)
def test_files_that_hold_something_else(tmp_path: Path, content: object, expected: str) -> None:
    torch.save(content, tmp_path / "net.pth")
    with pytest.raises(ModelError, match=expected) as caught:
        read_weights(tmp_path / "net.pth")
    assert "state_dict()" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Payload.opened


def test_weights_that_are_not_numbers(state: State, tmp_path: Path) -> None:
    torch.save(state | {"classifier.1.bias": torch.full((1000,), torch.nan)}, tmp_path / "net.pth")
    with pytest.raises(ModelError, match="not finite"):
        load(tmp_path / "net.pth")


def test_a_wrong_hash_is_refused(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "net.pth")
    with pytest.raises(ModelError, match="should begin with 12345678"):
        load(tmp_path / "net.pth", sha256="12345678")


def test_loading_leaves_the_global_random_numbers_alone(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "net.pth")
    before = torch.get_rng_state()
    load(tmp_path / "net.pth")
    assert torch.equal(torch.get_rng_state(), before)


def test_a_head_of_another_size_is_refused(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(state, tmp_path / "net.pth")
    narrow = load(tmp_path / "net.pth")
    narrow.get_submodule("network.classifier").register_module("1", nn.Conv2d(512, 10, 1))
    monkeypatch.setattr("inputgrad.models.checkpoint.load", lambda _specification: narrow)
    with pytest.raises(ModelError, match=r"shape \(1, 10\); expected \(1, 1000\)"):
        load(tmp_path / "net.pth")
