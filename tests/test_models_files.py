"""Files of weights as they come: told by content, opened safely, wrappers taken off and said."""

from __future__ import annotations

import argparse
import collections
import datetime
import gzip
import io
import os
import pathlib
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel
from torchvision.transforms import InterpolationMode

from inputgrad.errors import ModelError
from inputgrad.models.specification import ModelSpecification, check
from inputgrad.models.state_dict import fit, read_weights
from inputgrad.models.weights_files import weights_digest, weights_format

STATE = {"conv.weight": torch.arange(6.0).view(2, 3), "conv.bias": torch.zeros(2)}


def saved(content: object, **options: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("net.pth")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def scripted() -> bytes:
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2)), buffer)
    return buffer.getvalue()


WHOLE = saved(STATE)
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4970000\n"


@pytest.mark.parametrize("name", ["a.pth", "a.PTH", "a.ckpt", "a.bin", "a.pth.tar", "a", "a.txt"])
@pytest.mark.parametrize(
    "content",
    [WHOLE, saved(STATE, _use_new_zipfile_serialization=False), save(STATE)],
    ids=["torch", "torch before 1.6", "safetensors"],
)
def test_the_ending_does_not_matter(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    found = read_weights(tmp_path / name).state
    assert found.keys() == STATE.keys()
    assert all(torch.equal(found[key], STATE[key]) for key in STATE)


OTHERS = {
    "empty": (b"", "is empty (0 bytes)"),
    "pointer": (POINTER, "is the pointer of a Git LFS file, not the file; run `git lfs pull`"),
    "HTML": (b"\n <!DOCTYPE html>\n<html><head>", "is an HTML page"),
    "HTML Latin-1": (b"<HTML><title>Acc\xe8s refus\xe9", "is an HTML page"),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?><Error>', "is an XML page"),
    "JSON": (b'{"error": "gated"}', 'is text that begins with \'{"error": "gated"}\''),
    "text": (("Größe\n" * 200).encode(), "is text that begins with 'Größe'"),
    "gzip": (gzip.compress(WHOLE), "is compressed by gzip; unpack it"),
    "tar": (tarred(WHOLE), "is a tar archive; unpack it"),
    "zip": (zipped(**{"net.pth": WHOLE}), "is a ZIP archive, but not one of torch (it holds net.p"),
    "TorchScript": (scripted(), "is a TorchScript program"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "is an HDF5 file"),
    "NumPy": (b"\x93NUMPY\x01\x00v\x00{", "is a NumPy array"),
    "zeros": (bytes(600), "is of no known format (it begins with the bytes 00 00 00 00)"),
    "cut zip": (WHOLE[: len(WHOLE) // 2], "has been cut short or damaged"),
    "cut safetensors": (save(STATE)[:40], "has been cut short: its safetensors header"),
}


@pytest.mark.parametrize(("content", "expected"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_weights_is_called_what_it_is_before_the_first_job(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    file = tmp_path / "net.pth"
    file.write_bytes(content)
    one = ModelSpecification(
        name="m", source="checkpoint", architecture="vgg16", path=file, slots=4
    )
    with pytest.raises(ModelError) as caught:
        check(one)
    assert f"{file} {expected}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_text_whose_last_character_is_cut_by_the_look_at_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 511 + "é".encode())
    with pytest.raises(ModelError, match="is text"):
        weights_format(tmp_path / "a")


def test_an_edit_that_keeps_size_and_time_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "net.pth"
    file.write_bytes(b"one")
    before, stat = weights_digest(file), file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert weights_digest(file) != before


SETTINGS = {
    "Namespace": argparse.Namespace(lr=0.1, output_dir=pathlib.Path("/tmp/a"), model="vgg16"),
    "SimpleNamespace": SimpleNamespace(lr=0.1),
    "path": pathlib.PurePosixPath("a/b"),
    "Windows path": pathlib.PureWindowsPath("C:/a/b"),
    "NumPy scalars": [np.float64(0.5), np.float32(0.5), np.int64(3), np.bool_(True), np.str_("a")],
    "NumPy arrays": [np.arange(3.0), np.array(["a", "b"])],
    "dtype": [np.dtype("f4"), torch.float16],
    "random state": np.random.default_rng(0).bit_generator.state,
    "legacy random state": np.random.RandomState(0).get_state(),
    "OrderedDict": collections.OrderedDict(a=1),
    "defaultdict": collections.defaultdict(int, a=1),
    "Counter": collections.Counter("aab"),
    "times": [datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC), datetime.timedelta(seconds=3)],
    "sizes": [torch.Size([1, 2]), torch.device("cpu"), torch.__version__],
    "sets": [{1, 2}, frozenset([3]), range(3), slice(1, 2), 1j, b"bytes"],
    "enum": InterpolationMode.BICUBIC,
    "types": [int, float, str, list, dict],
    "optimizer": torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1, momentum=0.9).state_dict(),
}


@pytest.mark.parametrize("new", [True, False], ids=["torch", "torch before 1.6"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_settings_of_training_scripts_are_no_obstacle(
    tmp_path: Path, settings: object, new: bool
) -> None:
    content = {"model": STATE, "epoch": 90, "args": settings}
    (tmp_path / "a").write_bytes(saved(content, _use_new_zipfile_serialization=new))
    found = read_weights(tmp_path / "a")
    assert found.state.keys() == STATE.keys()
    assert found.notes == ("weights taken from the entry model",)


@pytest.mark.parametrize(
    "name",
    [
        "omegaconf.dictconfig.DictConfig",
        "yacs.config.CfgNode",
        "lightning.fabric.utilities.data.AttributeDict",
        "pathlib._local.PosixPath",
    ],
)
def test_settings_of_packages_that_are_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, _, kind = name.rpartition(".")
    made = type(kind, (dict,), {"__module__": module})
    if name.startswith("pathlib"):
        made = type(kind, (), {"__module__": module, "__reduce__": lambda _: (made, ("a", "b"))})
    with monkeypatch.context() as patch:
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            patch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(parts[end - 1]))
        setattr(sys.modules[module], kind, made)
        settings = made()
        if isinstance(settings, dict):
            settings.update(lr=0.1)
            settings.flags = {"allow_objects": True}  # type: ignore[attr-defined]
        content = saved({"state_dict": STATE, "hyper_parameters": settings})
    (tmp_path / "a").write_bytes(content)
    assert read_weights(tmp_path / "a").state.keys() == STATE.keys()


class Payload:
    """What unpickling this would do is remembered, so that the test sees that it did not."""

    opened = False

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return setattr, (Payload, "opened", True)


@pytest.mark.parametrize("new", [True, False], ids=["torch", "torch before 1.6"])
@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        (Payload(), "setattr"),
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        (print, "print"),
        (os.getcwd, "posix.getcwd"),
    ],
)
def test_other_types_are_named_and_never_opened(
    tmp_path: Path, extra: object, kind: str, new: bool
) -> None:
    content = saved({"model": STATE, "extra": extra}, _use_new_zipfile_serialization=new)
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "a")
    message = str(caught.value)
    assert f"holds an object of type {kind}, which is not opened" in message
    assert "torch.save(model.state_dict()" in message
    assert not {"\n", "\x1b"} & set(message)
    assert not Payload.opened


def prefixed(prefix: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


AVERAGED = {"n_averaged": torch.tensor(3)}


@pytest.mark.parametrize(
    ("state", "notes"),
    [
        (STATE, []),
        (prefixed("module.", STATE), ["module."]),
        (prefixed("model.", STATE), ["model."]),
        (prefixed("_orig_mod.module.", STATE), ["_orig_mod.", "module."]),
        (prefixed("module._orig_mod.", STATE), ["module.", "_orig_mod."]),
        (prefixed("model.model.module.", STATE), ["model.", "model.", "module."]),
        (prefixed("module.", STATE) | AVERAGED, ["n_averaged", "module."]),
        (
            prefixed("model.", prefixed("module.", STATE) | AVERAGED),
            ["model.", "n_aver", "module."],
        ),
        (dict(AveragedModel(nn.Sequential()).state_dict()) | STATE, ["n_averaged"]),
    ],
)
def test_prefixes_are_taken_off_in_any_order_and_said(
    tmp_path: Path, state: dict[str, Tensor], notes: list[str]
) -> None:
    (tmp_path / "a").write_bytes(saved({"state_dict": state}))
    found = read_weights(tmp_path / "a")
    assert found.state.keys() == STATE.keys()
    assert len(found.notes) == 1 + len(notes)
    assert all(part in note for part, note in zip(notes, found.notes[1:], strict=True))


def test_a_prefix_that_some_names_lack_stays(tmp_path: Path) -> None:
    state = prefixed("model.", STATE) | {"criterion.weight": torch.zeros(2)}
    (tmp_path / "a").write_bytes(saved(state))
    assert read_weights(tmp_path / "a").state.keys() == state.keys()


ONES = {name: torch.ones_like(tensor) for name, tensor in STATE.items()}


@pytest.mark.parametrize(
    ("content", "entry", "ones"),
    [
        ({"state_dict": STATE, "state_dict_ema": ONES}, "state_dict_ema", True),
        ({"state_dict": STATE, "state_dict_ema": ONES}, "state_dict", False),
        ({"model": STATE, "model_ema": prefixed("module.", ONES) | AVERAGED}, "model_ema", True),
        ({"net": {"weights": ONES, "step": 3}}, None, True),
        ({"anything": ONES, "lr": 0.1}, None, True),
        ({"ema": {"state_dict": ONES}, "model": STATE}, "ema.state_dict", True),
    ],
)
def test_the_entry_chooses_among_several(
    tmp_path: Path, content: object, entry: str | None, ones: bool
) -> None:
    (tmp_path / "a").write_bytes(saved(content))
    found = read_weights(tmp_path / "a", entry=entry).state
    expected = ONES if ones else STATE
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    ("content", "entry", "expected"),
    [
        (
            {"state_dict": STATE, "state_dict_ema": ONES},
            None,
            "several networks: state_dict, state_dict_ema; choose one, for example entry: state",
        ),
        ({"state_dict": STATE}, "state_dict_ema", "did you mean 'state_dict'"),
        (STATE, "state_dict", "is a state_dict without entries; remove entry: state_dict"),
    ],
)
def test_entries_are_asked_for(
    tmp_path: Path, content: object, entry: str | None, expected: str
) -> None:
    (tmp_path / "a").write_bytes(saved(content))
    with pytest.raises(ModelError) as caught:
        read_weights(tmp_path / "a", entry=entry)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.zeros(2, 2).to_sparse(),
        torch.zeros(2, dtype=torch.complex64),
        torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8),
        torch.zeros(2, device="meta"),
    ],
    ids=["sparse", "complex", "quantised", "meta"],
)
def test_tensors_of_other_kinds(tmp_path: Path, tensor: Tensor) -> None:
    (tmp_path / "a").write_bytes(saved({"weight": tensor}))
    with pytest.raises(ModelError, match=r"weight is .*; expected an ordinary tensor"):
        read_weights(tmp_path / "a")


def test_whole_numbers_in_the_place_of_real_ones() -> None:
    state = {"weight": torch.zeros(2, 2, dtype=torch.int64), "bias": torch.zeros(2)}
    with pytest.raises(ModelError, match=r"wrong type: weight is torch.int64"):
        fit(nn.Linear(2, 2), state, source=Path("net.pth"))
