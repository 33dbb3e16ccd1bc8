"""Damaged and altered models: each ends in a network or in one line, never in a traceback.

Every mutation is drawn from its seed and changes something that is read; what it leads to is
compared with the unmutated file.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor
from torchvision import models

from inputgrad.errors import InputgradError, ModelError
from inputgrad.models.loading import load_classifier
from inputgrad.models.preprocessing import Stated
from inputgrad.models.specification import ModelSpecification, model_id

State = dict[str, Tensor]
Random = np.random.Generator
NAME = "features.3.squeeze.weight"


def specification(path: Path, **fields: Any) -> ModelSpecification:
    return ModelSpecification(
        name="net", source="checkpoint", architecture="squeezenet1_1", path=path, slots=4, **fields
    )


@pytest.fixture(scope="module")
def state() -> State:
    """Random weights in half precision, to be quick."""
    torch.manual_seed(0)
    return {name: value.half() for name, value in models.squeezenet1_1().state_dict().items()}


def written(state: State, form: str) -> bytes:
    if form == "safetensors":
        return save(state)
    buffer = io.BytesIO()
    content = {"state_dict": state, "epoch": 3} if form == "training" else state
    torch.save(content, buffer, _use_new_zipfile_serialization=form != "legacy")
    return buffer.getvalue()


def outcome(path: Path, **fields: Any) -> State | str:
    """The weights that were loaded, or the one line that says why none were."""
    one = specification(path, **fields)
    try:
        classifier = load_classifier(one, device="cpu")
        assert len(model_id(one)) == 16
    except InputgradError as error:
        message = str(error)
        assert message.startswith("model 'net': ")
        assert not {"\n", "\x1b"} & set(message)
        assert len(message) < 1000
        return message
    return dict(classifier.network.state_dict())


def equal(one: State, other: State) -> bool:
    return all(torch.equal(one[name].float(), other[name].float()) for name in one)


def structure(content: bytes, form: str) -> tuple[int, int]:
    """Where in a file names, shapes and places of the tensors stand."""
    if form == "safetensors":
        return 0, 8 + int.from_bytes(content[:8], "little")
    if form == "legacy":
        return 0, content.index(NAME.encode()) + 2000
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (entry,) = [e for e in archive.infolist() if e.filename.endswith("data.pkl")]
    begin = content.index(b"data.pkl", entry.header_offset)
    return begin, begin + entry.file_size


def flipped(content: bytes, place: int, random: Random) -> bytes:
    changed = bytearray(content)
    changed[place] ^= int(random.integers(1, 256))
    return bytes(changed)


@pytest.mark.parametrize("form", ["torch", "legacy", "training", "safetensors"])
@pytest.mark.parametrize("seed", range(12))
def test_a_changed_byte_of_names_and_shapes(
    state: State, tmp_path: Path, form: str, seed: int
) -> None:
    random, content = np.random.default_rng(seed), written(state, form)
    file = tmp_path / "net.pth"
    file.write_bytes(content)
    whole = model_id(specification(file))
    file.write_bytes(flipped(content, int(random.integers(*structure(content, form))), random))
    found = outcome(file)
    if not isinstance(found, str):
        assert model_id(specification(file)) != whole
        assert found.keys() == state.keys()


@pytest.mark.parametrize("form", ["torch", "legacy", "safetensors"])
@pytest.mark.parametrize("seed", range(3))
def test_a_changed_byte_of_the_weights_is_another_network(
    state: State, tmp_path: Path, form: str, seed: int
) -> None:
    content, file = written(state, form), tmp_path / "net.pth"
    random = np.random.default_rng(seed)
    place = content.index(state[NAME].numpy().tobytes()) + int(random.integers(1000))
    file.write_bytes(flipped(content, place, random))
    found = outcome(file)
    if isinstance(found, str):
        assert "not finite" in found
    else:
        changed = {name for name in found if not torch.equal(found[name], state[name].float())}
        assert changed == {NAME}


@pytest.mark.parametrize("form", ["torch", "legacy", "training", "safetensors"])
@pytest.mark.parametrize("seed", range(4))
def test_a_file_cut_short(state: State, tmp_path: Path, form: str, seed: int) -> None:
    content, file = written(state, form), tmp_path / "net.pth"
    file.write_bytes(content[: int(np.random.default_rng(seed).integers(len(content)))])
    assert isinstance(outcome(file), str)


Change = Callable[[State, str, Random], State]
FIELDS: dict[str, tuple[Change, str]] = {
    "a name is missing": (lambda s, n, _: {k: v for k, v in s.items() if k != n}, "missing: {}"),
    "another name": (
        lambda s, n, _: {("x" if k == n else "") + k: v for k, v in s.items()},
        "missing: {0}; unexpected: x{0}",
    ),
    "one name more": (lambda s, _n, _r: s | {"head.bias": torch.zeros(3)}, "unexpected: head.bias"),
    "another shape": (lambda s, n, _: s | {n: s[n][..., None]}, "wrong shape: {} is"),
    "a row less": (lambda s, n, _: s | {n: s[n][1:]}, "wrong shape: {} is"),
    "whole numbers": (lambda s, n, _: s | {n: s[n].long()}, "wrong type: {} is torch.int64"),
    "no number": (lambda s, n, _: s | {n: torch.full_like(s[n], torch.nan)}, "not finite"),
    "control characters": (
        lambda s, _n, _r: s | {"a\x1b[1m\nb": torch.zeros(3)},
        r"unexpected: a\x1b[1m\nb;",
    ),
    "a prefix of one": (
        lambda s, n, _: {("module." if k == n else "") + k: v for k, v in s.items()},
        "unexpected: module.{}",
    ),
}
SAME: dict[str, Change] = {
    "in another order": lambda s, _n, r: {k: s[k] for k in r.permutation(list(s)).tolist()},
    "with a prefix": lambda s, _n, _r: {f"module.{k}": v for k, v in s.items()},
    "in another precision": lambda s, n, _r: s | {n: s[n].double()},
    "in another layout": lambda s, n, _r: (
        s | {n: s[n].clone().t().contiguous().t()}
        if s[n].dim() == 2
        else s | {n: torch.cat([s[n], s[n]])[: len(s[n])]}
    ),
}


@pytest.mark.parametrize(("change", "expected"), FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("seed", range(2))
def test_a_changed_field_is_named(
    state: State, tmp_path: Path, change: Change, expected: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    name = str(random.choice(list(state)))
    torch.save(change(state, name, random), tmp_path / "net.pth")
    found = outcome(tmp_path / "net.pth")
    assert isinstance(found, str)
    assert expected.format(name) in found


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_what_means_the_same_is_the_same_network(
    state: State, tmp_path: Path, change: Change
) -> None:
    random = np.random.default_rng(0)
    name = str(random.choice(list(state)))
    torch.save(change(state, name, random), tmp_path / "net.pth")
    found = outcome(tmp_path / "net.pth")
    assert not isinstance(found, str), found
    assert equal(state, found)


def drawn(random: Random) -> dict[str, Any]:
    """A few keys of a preprocessing with values of which some cannot be."""
    colours = [(0.5, 0.5, 0.5), (123.0, 117.0, 104.0), (1.0, 1.0, 1.0), (0.0, 0.2, 0.0)]
    values: dict[str, list[Any]] = {
        "size": [8, 17, 64, 300],
        "resize": [8, 64, 260, "squash"],
        "interpolation": ["bicubic"],
        "mean": colours,
        "std": colours,
        "channels": ["bgr"],
        "range": [255],
    }
    keys = random.choice(list(values), size=int(random.integers(1, 5)), replace=False)
    return {key: values[key][random.integers(len(values[key]))] for key in keys.tolist()}


@pytest.mark.parametrize("seed", range(30))
def test_any_preprocessing(state: State, tmp_path: Path, seed: int) -> None:
    stated = drawn(np.random.default_rng(seed))
    file = tmp_path / "net.pth"
    torch.save(state, file)
    found = outcome(file, preprocessing=Stated(**stated))
    if isinstance(found, str):
        assert "preprocessing" in found
        return
    assert equal(state, found)
    assert model_id(specification(file, preprocessing=Stated(**stated))) != model_id(
        specification(file)
    )


def test_the_unmutated_file_is_read(state: State, tmp_path: Path) -> None:
    """Without which the tests above would show nothing."""
    for form in ("torch", "legacy", "training", "safetensors"):
        (tmp_path / "net.pth").write_bytes(written(state, form))
        found = outcome(tmp_path / "net.pth")
        assert not isinstance(found, str), found
        assert equal(state, found)
    with pytest.raises(ModelError):
        load_classifier(specification(tmp_path / "absent.pth"), device="cpu")
