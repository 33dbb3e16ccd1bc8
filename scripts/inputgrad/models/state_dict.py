"""Weights from a local file into a network, with errors that name what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inputgrad.errors import ModelError, unknown
from inputgrad.models.torch_files import read_torch_file
from inputgrad.models.weights_files import EXPECTED, weights_format
from inputgrad.photographs.classes import CLASS_COUNT

# What wrappers put before the name of every tensor: DataParallel and AveragedModel, a Lightning
# module or a training script, torch.compile.
PREFIXES = ("module.", "model.", "_orig_mod.")
AVERAGED = "n_averaged"  # AveragedModel's counter
FROM_MEMORY = "num_batches_tracked"  # batch normalisation's counter, absent from old files, unused
NAMED = 3  # how many keys an error names
DEPTH = 2  # how deep in a file weights are looked for


@dataclass(frozen=True)
class Weights:
    """The weights of one file.

    state: tensors by name, floating point as float32.
    notes: what was chosen and taken off to get there, in words.
    """

    state: dict[str, Tensor]
    notes: tuple[str, ...] = ()


def read_weights(path: Path, *, entry: str | None = None) -> Weights:
    """Weights from a safetensors file or one of torch (opened without running its code).

    entry: the key under which a training script saved them; None takes the only ones there are.
    Prefixes of wrappers are taken off; floating point of any precision becomes float32.
    Raises ModelError where the file holds something else, or several and `entry` is None.
    """
    entries = dict(_entries(_read(path)))
    if not entries:
        raise ModelError(f"{path} holds no state_dict; {EXPECTED}")
    name = _chosen(path, entries, entry)
    state, notes = _without_prefixes(entries[name])
    if name:
        notes.insert(0, f"weights taken from the entry {name}")
    for key, tensor in state.items():
        _check_tensor(path, key, tensor)
    return Weights({key: _float32(tensor) for key, tensor in state.items()}, tuple(notes))


def _read(path: Path) -> object:
    if weights_format(path) == "torch":
        return read_torch_file(path)
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except Exception as error:  # safetensors' own error, or torch's of an impossible shape
        raise ModelError(f"{path} cannot be read as weights ({error}); {EXPECTED}") from error


def _entries(content: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """(dotted key, tensors by name) of every mapping in a file that holds nothing but tensors."""
    if not isinstance(content, Mapping) or depth > DEPTH:
        return
    values = content.values()
    if content and all(isinstance(key, str) for key in content):
        if all(isinstance(value, Tensor) for value in values):
            yield name, dict(content)
            return
        for key, value in content.items():
            yield from _entries(value, f"{name}.{key}" if name else key, depth + 1)


def _chosen(path: Path, entries: Mapping[str, Any], entry: str | None) -> str:
    if entry is not None:
        if "" in entries:
            raise ModelError(f"{path} is a state_dict without entries; remove entry: {entry}")
        if entry not in entries:
            raise ModelError(f"{path}: {unknown('entry', entry, entries)}")
        return entry
    if len(entries) > 1:
        raise ModelError(
            f"{path} holds {_few('several networks', sorted(entries))}; choose one, for example "
            f"entry: {min(entries)}"
        )
    return next(iter(entries))


def _without_prefixes(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """The state without what wrappers added, in whatever order they did, and notes of it."""
    bare, notes = dict(state), []
    while True:
        if bare.pop(AVERAGED, None) is not None:
            notes.append(f"{AVERAGED} (of an averaged model) left out")
        prefix = next((p for p in PREFIXES if bare and all(n.startswith(p) for n in bare)), None)
        if prefix is None:
            return bare, notes
        bare = {name.removeprefix(prefix): tensor for name, tensor in bare.items()}
        notes.append(f"prefix {prefix} taken off every name")


def _check_tensor(path: Path, name: str, tensor: Tensor) -> None:
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu"
    if not plain or tensor.is_quantized or tensor.is_complex():
        raise ModelError(
            f"{path}: {name} is {tensor.dtype}, {tensor.layout}, on {tensor.device}; expected an "
            "ordinary tensor of real numbers (quantised and sparse weights are not supported)"
        )


def _float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def fit(network: nn.Module, state: Mapping[str, Tensor], *, source: Path) -> None:
    """Give `network` the tensors of `state`; every name, shape and kind of number must agree.

    Raises ModelError with the first few missing, unexpected and misshapen entries and their counts.
    """
    expected = network.state_dict()
    shared = {name: value for name, value in expected.items() if name in state}
    misshapen = [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(value.shape)}"
        for name, value in shared.items()
        if state[name].shape != value.shape
    ]
    mistyped = [
        f"{name} is {state[name].dtype}"
        for name, value in shared.items()
        if state[name].is_floating_point() != value.is_floating_point()
    ]
    groups = {
        "missing": [n for n in expected if n not in state and not n.endswith(FROM_MEMORY)],
        "unexpected": [name for name in state if name not in expected],
        "wrong shape": misshapen,
        "wrong type": mistyped,
    }
    problems = [_few(label, entries) for label, entries in groups.items() if entries]
    if problems:
        raise ModelError(
            f"{source} does not fit a {type(network).__name__} of {CLASS_COUNT} classes "
            f"({len(expected)} entries): {'; '.join(problems)}; check the architecture"
        )
    network.load_state_dict(state, assign=True)


def _few(label: str, entries: Sequence[str]) -> str:
    more = f", … ({len(entries)} in all)" if len(entries) > NAMED else ""
    return f"{label}: {', '.join(entries[:NAMED])}{more}"
