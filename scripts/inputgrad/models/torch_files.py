"""Files of `torch.save`, opened without running what they bring.

`weights_only` builds tensors and plain values and refuses every other type. Training scripts store
their settings beside the weights, as `argparse.Namespace`, paths, NumPy scalars or the containers
of a settings library. `HARMLESS` admits such types and no others: building one runs no code that a
file could choose. For the classes of settings libraries, which need not be installed, `Inert`
stands in, since no setting is read. A file with any other type is refused and the type named; it
is never opened unsafely.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import decimal
import pathlib
import re
import types
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy._core import multiarray
from torch.torch_version import TorchVersion

from inputgrad.errors import ModelError
from inputgrad.models.weights_files import EXPECTED


class Inert:
    """Takes the place of a settings class: its objects are dictionaries of what they are given."""

    def __new__(cls, *_arguments: object) -> collections.OrderedDict[Any, Any]:  # type: ignore[misc]
        """An empty one, of the type that `weights_only` fills with items and attributes."""
        return collections.OrderedDict()


Admitted = Callable[..., Any] | tuple[Callable[..., Any], str]

PLAIN: tuple[type, ...] = (
    *(bool, int, float, str, bytes, list, dict, tuple, frozenset, slice, range),
    *(argparse.Namespace, types.SimpleNamespace),
    *(datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone),
    *(decimal.Decimal, uuid.UUID, TorchVersion),
)
# A path of the other system cannot be built here, and Python 3.13 keeps them in another module.
PATHS = tuple(
    (pure, f"{module}.{name}")
    for module in ("pathlib", "pathlib._local")
    for pure, names in (
        (pathlib.PurePosixPath, ("PosixPath", "PurePosixPath")),
        (pathlib.PureWindowsPath, ("WindowsPath", "PureWindowsPath")),
    )
    for name in names
)
NUMPY: tuple[Admitted, ...] = (
    *(np.ndarray, np.dtype),
    *(getattr(np.dtypes, name) for name in np.dtypes.__all__),
    *(
        (function, f"numpy.{core}.multiarray.{function.__name__}")
        for core in ("core", "_core")
        for function in (multiarray.scalar, multiarray._reconstruct)
    ),
)
LIGHTNING = ("pytorch_lightning", "lightning.pytorch")
SETTINGS = (
    "collections.defaultdict",  # whose items `weights_only` would not fill in
    *(f"omegaconf.{kind}" for kind in ("dictconfig.DictConfig", "listconfig.ListConfig")),
    *(f"omegaconf.base.{kind}" for kind in ("ContainerMetadata", "Metadata")),
    *(f"omegaconf.nodes.{kind}Node" for kind in ("Any", "Boolean", "Bytes", "Enum", "Float")),
    *(f"omegaconf.nodes.{kind}Node" for kind in ("Integer", "Path", "String")),
    "typing.Any",  # in omegaconf's metadata
    *("yacs.config.CfgNode", "fvcore.common.config.CfgNode"),
    *("addict.addict.Dict", "easydict.EasyDict", "munch.Munch"),
    *(f"{package}.utilities.parsing.AttributeDict" for package in LIGHTNING),
    *(
        f"{package}.utilities.data.AttributeDict"
        for package in ("lightning_fabric", "lightning.fabric")
    ),
    *(f"{package}.callbacks.early_stopping.EarlyStopping" for package in LIGHTNING),
    *(f"{package}.callbacks.model_checkpoint.ModelCheckpoint" for package in LIGHTNING),
    "torchvision.transforms.functional.InterpolationMode",
)
HARMLESS: list[Admitted] = [*PLAIN, *PATHS, *NUMPY, *((Inert, name) for name in SETTINGS)]

REFUSED = re.compile(r"(?:Unsupported global: GLOBAL|unsupported GLOBAL) (\S+)")
REASON = re.compile(r"WeightsUnpickler error:\s*(.+)")
TERMINAL_CODE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_torch_file(path: Path) -> object:
    """What `torch.save` wrote, its tensors on the CPU.

    Raises ModelError where the file is damaged or holds a type that is not in `HARMLESS`.
    """
    try:
        with torch.serialization.safe_globals(HARMLESS), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols
            content: object = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise almost anything
        raise ModelError(f"{path} {_reason(error)}") from error
    return content


def _reason(error: Exception) -> str:
    message = TERMINAL_CODE.sub("", str(error))
    if refused := REFUSED.search(message):
        return (
            f"holds an object of type {refused[1]}, which is not opened, since that could run "
            "code; where the file was made, save the weights alone: "
            "torch.save(model.state_dict(), …)"
        )
    inner = REASON.search(message)
    words = (inner[1] if inner else message.strip()).partition("\n")[0]
    return f"cannot be read as weights ({type(error).__name__}: {words}); {EXPECTED}"
