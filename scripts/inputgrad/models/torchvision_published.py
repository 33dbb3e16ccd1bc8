"""What torchvision says of each of its weights, read from its source text (no import).

A member of a weights enum is written as

    IMAGENET1K_V2 = Weights(
        url="https://…/resnet50-11ad3fa6.pth",
        transforms=partial(ImageClassification, crop_size=224, resize_size=232),
        meta={…, "_metrics": {"ImageNet-1K": {"acc@1": 80.858, …}}, …},
    )

The name of its file carries the first digits of the file's SHA-256. A test compares all that is
read here with the members themselves.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.torchvision_names import WeightsNames, canonical_weights, registry

HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.")  # torch.hub's convention
# What `partial(ImageClassification, …)` leaves out: the defaults of
# `torchvision/transforms/_presets.py`.
DEFAULTS: dict[str, Any] = {
    "resize_size": 256,
    "interpolation": "bilinear",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
# Names that the values of members use.
SCOPE = {
    "__builtins__": {},
    "float": float,
    "InterpolationMode": SimpleNamespace(BILINEAR="bilinear", BICUBIC="bicubic"),
}


@dataclass(frozen=True)
class Published:
    """One member of a weights enum.

    name: `Enum.MEMBER`.
    digits: first hex digits of the SHA-256 of its file, empty where its name has none.
    accuracy: share of the ImageNet validation set that it gets right, in percent; None where the
        member has no classifier.
    """

    architecture: str
    name: str
    digits: str
    preprocessing: Preprocessing
    accuracy: float | None


def published_weights(architecture: str, weights: str | None = None) -> Published:
    """The member that `weights` means (`DEFAULT` for None); raises ModelError for unknown names."""
    name = canonical_weights(architecture, weights)
    return _published()[name]


def published_file(sha256: str) -> Published | None:
    """The member whose file's SHA-256 begins as `sha256` (8 to 64 hex digits) does, else None."""
    found = (p for p in _published().values() if p.digits and sha256.startswith(p.digits))
    return next(found, None)


def published_under(file_name: str) -> Published | None:
    """The member whose hash a file carries in its name, whatever the file holds."""
    named = HASH_IN_NAME.search(file_name)
    return published_file(named[1]) if named else None


@cache
def _published() -> dict[str, Published]:
    return {
        member.name: member
        for architecture, names in registry().items()
        for member in _members(architecture, names)
    }


def _members(architecture: str, names: WeightsNames) -> Iterator[Published]:
    for statement in ast.parse(dedent(names.body)).body:
        match statement:
            case ast.Assign([ast.Name(member)], ast.Call(ast.Name("Weights"), [], keywords)):
                values = {keyword.arg: keyword.value for keyword in keywords}
                digits = HASH_IN_NAME.search(Path(_value(values["url"])).name)
                yield Published(
                    architecture=architecture,
                    name=f"{names.enum}.{member}",
                    digits=digits[1] if digits else "",
                    preprocessing=_preprocessing(values["transforms"]),
                    accuracy=_accuracy(values["meta"]),
                )


def _preprocessing(transforms: ast.expr) -> Preprocessing:
    assert isinstance(transforms, ast.Call)
    given = {str(keyword.arg): _value(keyword.value) for keyword in transforms.keywords}
    values = DEFAULTS | given
    return Preprocessing(
        input_size=values["crop_size"],
        resize_size=values["resize_size"],
        interpolation=values["interpolation"],
        mean=tuple(values["mean"]),
        std=tuple(values["std"]),
    )


def _accuracy(meta: ast.expr) -> float | None:
    assert isinstance(meta, ast.Dict)
    entries = {
        key.value: value
        for key, value in zip(meta.keys, meta.values, strict=True)
        if isinstance(key, ast.Constant)  # not `**_COMMON_META`
    }
    accuracy = float(_value(entries["_metrics"])["ImageNet-1K"]["acc@1"])
    return None if math.isnan(accuracy) else accuracy


def _value(expression: ast.expr) -> Any:
    return eval(compile(ast.Expression(expression), "torchvision", "eval"), SCOPE)
