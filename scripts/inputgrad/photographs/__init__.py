"""Where labelled photographs come from: one module per source, one signature.

Every source module offers

    list_photographs(*, path: Path | None, labels: Path | None) -> Listing
    watched(*, path: Path | None, labels: Path | None) -> list[Path]

`list_photographs` looks at names and label files only; the bytes are read when they are hashed
(`photographs.index`) and decoded when a job needs them (`images.decode`). What cannot be used is
reported as `Refused`, never skipped silently. `watched` names the folders and files that a
listing depends on, so that a change is noticed without listing (`listing_digest`).

To add a source: one new module and its line in `SOURCES`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from inputgrad.errors import ConfigError, unknown

SOURCES: dict[str, str] = {
    "bundled": "inputgrad.photographs.bundled",
    "folder": "inputgrad.photographs.folder",
    "ilsvrc2012": "inputgrad.photographs.ilsvrc2012",
    "npz": "inputgrad.photographs.npz",
}
READERS = (*SOURCES.values(), "inputgrad.photographs.building")  # all that decides what is used
UPRIGHT = frozenset({"folder"})  # kinds whose photographs are turned as their EXIF data ask for


@dataclass(frozen=True)
class Source:
    """One entry of the configuration's `images: sources:`; a key of `SOURCES` and its paths."""

    kind: str
    path: Path | None = None
    labels: Path | None = None
    boxes: Path | None = None


@dataclass(frozen=True, order=True)
class Photograph:
    """A file that is expected to hold a photograph, and its class index 0..999."""

    path: Path
    label: int


@dataclass(frozen=True, order=True)
class Refused:
    """A file (or folder) that cannot be used, and why, in words that name no folder."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Listing:
    """What one source offers; both parts sorted by path."""

    photographs: tuple[Photograph, ...]
    refused: tuple[Refused, ...] = ()


def list_source(source: Source) -> Listing:
    """List the photographs of one configured source.

    Raises:
        ConfigError: the kind of source is unknown, or has a path that it cannot use.
        PhotographError: its folder or label file is missing, empty or unusable as a whole.
    """
    module = _module(source.kind)
    listing: Listing = module.list_photographs(path=source.path, labels=source.labels)
    return listing


def watched(source: Source) -> list[Path]:
    """Folders and files on which the listing of a source depends.

    Raises:
        ConfigError, PhotographError: as `list_source`.
    """
    paths: list[Path] = _module(source.kind).watched(path=source.path, labels=source.labels)
    return paths if source.boxes is None else [*paths, source.boxes]


def _module(kind: str) -> ModuleType:
    if kind not in SOURCES:
        raise ConfigError(unknown("source of photographs", kind, SOURCES))
    return importlib.import_module(SOURCES[kind])
