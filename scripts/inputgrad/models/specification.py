"""A model as the config describes it, and its identity (no torch).

model_id = first 16 hex digits of SHA-256 over (source, architecture, weights, preprocessing).

Weights are identified by what fixes their bytes: a torchvision enum member with torchvision's
version (the member names its file, the file's name its hash), a packaged or local file by its own
SHA-256. Preprocessing is the config's where given, otherwise the source's own, which the library's
version fixes. The workflow's graph is built from these, so a model's cells stay valid until one of
them changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from inputgrad.errors import ModelError, unknown
from inputgrad.hashing import digest
from inputgrad.models import SOURCES
from inputgrad.models.packaged import packaged
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.torchvision_names import canonical_weights, check_architecture
from inputgrad.models.versions import required_version
from inputgrad.models.weights_files import weights_digest


@dataclass(frozen=True, kw_only=True)
class ModelSpecification:
    """One entry of the config's `models:`.

    name: its name in the config, tables and figures.
    source: key of `inputgrad.models.SOURCES`.
    architecture: torchvision's, timm's or the packaged model's name.
    weights: for `torchvision`, the weights enum's member (`DEFAULT` where None).
    path: for `checkpoint` and `timm`, the file with the weights.
    sha256: the weights file's expected hash, 8 to 64 hex digits; None leaves it unchecked.
    slots: images per forward pass, the constant batch shape; not part of `model_id`.
    preprocessing: overrides what the source says; None keeps it.
    """

    name: str
    source: str
    architecture: str
    weights: str | None = None
    path: Path | None = None
    sha256: str | None = None
    slots: int
    preprocessing: Preprocessing | None = None


def identity(specification: ModelSpecification) -> dict[str, object]:
    """What identifies the model: source, architecture, weights, preprocessing.

    Ready for JSON, and for the report's provenance: it has the full SHA-256 of a local or packaged
    file.
    Raises ModelError as `check` does.
    """
    if specification.source not in _WEIGHTS:
        raise ModelError(
            f"model {specification.name!r}: " + unknown("source", specification.source, _WEIGHTS)
        )
    try:
        weights, preprocessing = _WEIGHTS[specification.source](specification)
    except ModelError as error:
        raise ModelError(f"model {specification.name!r}: {error}") from error
    if specification.preprocessing is not None:
        preprocessing = asdict(specification.preprocessing)
    return {
        "source": specification.source,
        "architecture": specification.architecture,
        "weights": weights,
        "preprocessing": preprocessing,
    }


def model_id(specification: ModelSpecification) -> str:
    """16 hex digits that change when, and only when, the model's `identity` does."""
    return digest(identity(specification), length=16)


def check(specification: ModelSpecification) -> None:
    """Find, before any job starts and without torch, what would stop the model from loading.

    Raises ModelError: unknown source, architecture, packaged model or weights member (with the
    nearest valid name); a missing package (with what to install); a missing, unreadable or wrong
    weights file; fewer than one slot.
    """
    if specification.slots < 1:
        raise ModelError(
            f"model {specification.name!r}: slots is {specification.slots}; expected at least 1"
        )
    identity(specification)


def loading_modules(specification: ModelSpecification) -> tuple[str, ...]:
    """Dotted names of the modules that load it: its source's, and its packaged row's own."""
    source = SOURCES[specification.source]
    if specification.source != "package":
        return (source,)
    return source, packaged(specification.architecture).loader


_Identified = tuple[object, object]  # of the weights, of the source's own preprocessing


def _torchvision(specification: ModelSpecification) -> _Identified:
    library = f"torchvision {required_version('torchvision')}"
    return [canonical_weights(specification.architecture, specification.weights), library], library


def _package(specification: ModelSpecification) -> _Identified:
    row = packaged(specification.architecture)
    file = row.file()
    version = required_version(row.distribution)
    weights = [row.distribution, version, file.name, _hash(specification, file)]
    return weights, asdict(row.preprocessing)


def _checkpoint(specification: ModelSpecification) -> _Identified:
    library = f"torchvision {required_version('torchvision')}"
    check_architecture(specification.architecture)
    return _hash(specification, local_file(specification)), library


def _timm(specification: ModelSpecification) -> _Identified:
    library = f"timm {required_version('timm')}"
    return _hash(specification, local_file(specification)), library


_WEIGHTS: dict[str, Callable[[ModelSpecification], _Identified]] = {
    "torchvision": _torchvision,
    "package": _package,
    "checkpoint": _checkpoint,
    "timm": _timm,
}


def local_file(specification: ModelSpecification) -> Path:
    """Name the weights file of a `checkpoint` or `timm` model; raises ModelError without one."""
    if specification.path is None:
        raise ModelError(f"a model of source {specification.source} needs the path of its weights")
    return specification.path


def _hash(specification: ModelSpecification, file: Path) -> str:
    return weights_digest(file, expected=specification.sha256)
