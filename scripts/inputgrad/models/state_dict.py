"""Weights from a local file into a network, with errors that name what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from inputgrad.errors import ModelError
from inputgrad.photographs.classes import CLASS_COUNT

WRAPPERS = ("state_dict", "model_state_dict", "model")  # keys under which training scripts save
PARALLEL_PREFIX = "module."  # put before every key by torch.nn.DataParallel
FROM_MEMORY = "num_batches_tracked"  # batch normalisation's counter, absent from old files, unused
NAMED = 3  # how many keys an error names


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Tensors by name from a `.safetensors` file or a `.pth` one (opened without running its code).

    Wrappers of training scripts and DataParallel's prefix are taken off; floating point of any
    precision becomes float32. Raises ModelError where the file holds something else.
    """
    content = _unwrap(_read(path))
    state = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    if not state or len(state) < len(content):
        raise ModelError(
            f"{path} holds no state_dict; save it as torch.save(model.state_dict(), …)"
        )
    prefixed = all(name.startswith(PARALLEL_PREFIX) for name in state)
    return {
        name.removeprefix(PARALLEL_PREFIX) if prefixed else name: _float32(value)
        for name, value in state.items()
    }


def _read(path: Path) -> object:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise almost anything
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(
            f"{path} cannot be read as weights ({type(error).__name__}: {reason}); expected a "
            "state_dict, saved as torch.save(model.state_dict(), …) or as .safetensors"
        ) from error


def _unwrap(content: object) -> dict[str, object]:
    for key in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    return dict(content) if isinstance(content, Mapping) else {}


def _float32(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def fit(network: nn.Module, state: Mapping[str, Tensor], *, source: Path) -> None:
    """Give `network` the tensors of `state`; every name and shape must agree.

    Raises ModelError with the first few missing, unexpected and misshapen entries and their counts.
    """
    expected = network.state_dict()
    misshapen = [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(value.shape)}"
        for name, value in expected.items()
        if name in state and state[name].shape != value.shape
    ]
    missing = [name for name in expected if name not in state and not name.endswith(FROM_MEMORY)]
    unexpected = [name for name in state if name not in expected]
    groups = {"missing": missing, "unexpected": unexpected, "wrong shape": misshapen}
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
