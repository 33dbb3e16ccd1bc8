"""Which architectures and weights torchvision offers, read from its source text (no import).

Importing torchvision takes seconds; a mistyped name should be reported before any job starts, and
the graph be built from what a network sees. The builders are in `torchvision/models/*.py` behind
`@register_model()`, their weights in subclasses of `WeightsEnum`. A test compares the result with
torchvision's own lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from inputgrad.errors import ModelError, unknown
from inputgrad.models.versions import required_version

BUILDER = re.compile(
    r"^@register_model\(\).*?^def (\w+)\(.*?weights: Optional\[(\w+)\]", re.DOTALL | re.MULTILINE
)
ENUM = re.compile(r"^class (\w+)\(WeightsEnum\):\n((?:[ \t].*\n|\n)*)", re.MULTILINE)
MEMBER = re.compile(r"^    (\w+) = (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class WeightsNames:
    """The weights enum of an architecture: its name, members and source text.

    members: the member that each member means: an alias (`DEFAULT`) another one, every other
        member itself.
    body: the statements of the class.
    """

    enum: str
    members: dict[str, str]
    body: str


@cache
def registry() -> dict[str, WeightsNames]:
    """Every classification architecture of the installed torchvision.

    Raises ModelError where torchvision is missing or written in another way.
    """
    version = required_version("torchvision")
    found = find_spec("torchvision")
    folders = found.submodule_search_locations if found is not None else None
    texts = [
        file.read_text(encoding="utf-8")
        for folder in folders or ()
        for file in sorted((Path(folder) / "models").glob("*.py"))
    ]
    enums = {name: _names(name, body) for text in texts for name, body in ENUM.findall(text)}
    architectures = {
        architecture: enums[enum]
        for text in texts
        for architecture, enum in BUILDER.findall(text)
        if enum in enums
    }
    if not architectures:
        raise ModelError(
            f"the architectures of torchvision {version} cannot be read from its source; "
            "install the version that requirements.lock names"
        )
    return architectures


def _names(enum: str, body: str) -> WeightsNames:
    members = {
        member: member if value == "Weights" else value for member, value in MEMBER.findall(body)
    }
    return WeightsNames(enum, members, body)


def check_architecture(architecture: str) -> None:
    """Raise ModelError, naming the nearest one, where torchvision has no such architecture."""
    if architecture not in registry():
        raise ModelError(unknown("torchvision architecture", architecture, registry()))


def canonical_weights(architecture: str, weights: str | None) -> str:
    """The member that `weights` means, as `Enum.MEMBER`.

    weights: a member (`IMAGENET1K_V1`), an alias (`DEFAULT`, also meant by None), or either with
        the enum's name before it (`SqueezeNet1_1_Weights.IMAGENET1K_V1`).
    Raises ModelError for an unknown architecture, an unknown member or another model's enum.
    """
    check_architecture(architecture)
    enum, _, member = (weights or "DEFAULT").rpartition(".")
    names = registry()[architecture]
    if enum not in ("", names.enum):
        raise ModelError(f"weights of {architecture} belong to {names.enum}, not to {enum}")
    if member not in names.members:
        raise ModelError(unknown(f"weights of {architecture}", member, names.members))
    return f"{names.enum}.{names.members[member]}"
