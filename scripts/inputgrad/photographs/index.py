"""The index: the sample that the configuration describes, and the batches that hold it.

`index.json` is what everything after `add_images` reads: the sample in rank order with the batch
of each photograph, the batches that are needed, and every file that is not used and why. It names
no place outside the sources and no time, so the same photographs and configuration give the same
file on any machine. The batches are in an append-only store in the same folder
(`photographs.batches`). `photographs.building` makes the index; reading it loads nothing heavy.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inputgrad.errors import PhotographError, StoreError
from inputgrad.files import write_json
from inputgrad.images.geometry import Box
from inputgrad.photographs import Source, watched
from inputgrad.photographs.batches import Batch, BatchImage, load_batch
from inputgrad.photographs.files import entries, is_folder

__all__ = [
    "Batch",
    "BatchImage",
    "Index",
    "IndexedImage",
    "RefusedFile",
    "listing_digest",
    "load_batch",
    "load_index",
    "write_index",
]

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class IndexedImage:
    """A photograph of the sample; `file` is its base name, printable, for people only.

    `boxes` are around its objects, in pixels of the photograph, where the source has them.
    """

    image_id: str
    label: int
    batch: str
    file: str
    source: str
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, order=True)
class RefusedFile:
    """A file that is not used and why: one entry for each file.

    Attributes:
        file: its place in the folder of its source, printable.
        reason: in words that name no folder.
        source: the kind of its source.
    """

    file: str
    reason: str
    source: str


@dataclass(frozen=True)
class Index:
    """The sample in rank order, the keys of the batches that hold it (sorted), and the refused.

    `batch_size`: the most photographs in batches that were made for this sample.
    """

    seed: int
    n: int | None
    images: tuple[IndexedImage, ...]
    batches: tuple[str, ...]
    refused: tuple[RefusedFile, ...]
    batch_size: int | None = None


def write_index(index: Index, path: Path) -> None:
    """Write `index.json` by renaming; `load_index` reads it back."""
    write_json(path, {"schema_version": SCHEMA_VERSION} | asdict(index))


def load_index(path: Path) -> Index:
    """Read `index.json`.

    Raises:
        StoreError: it is missing, damaged or of another version.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"version {content['schema_version']}, expected {SCHEMA_VERSION}")
        return Index(
            seed=content["seed"],
            n=content["n"],
            images=tuple(_image(image) for image in content["images"]),
            batches=tuple(content["batches"]),
            refused=tuple(RefusedFile(**refused) for refused in content["refused"]),
            batch_size=content.get("batch_size"),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"cannot read the index {path}: {error!r}; delete it and run the workflow again"
        ) from error


def _image(content: dict[str, Any]) -> IndexedImage:
    left, top, right, bottom = range(4)
    boxes = tuple((b[left], b[top], b[right], b[bottom]) for b in content.pop("boxes", ()))
    return IndexedImage(**content, boxes=boxes)


def listing_digest(sources: Sequence[Source]) -> str:
    """Digest, 16 hex digits, that changes when `add_images` has to run again.

    Over the name, size, mtime and ctime of everything that the sources depend on, label files
    included; an editor may put the mtime back, but not the ctime. Nothing is opened, so 50,000
    files take well under a second. A link to a folder is looked into, but not through further
    folders in it, so that a link to its own parent does no harm.

    Raises:
        ConfigError, PhotographError: a source is misconfigured or its folder is missing.
    """
    digest = hashlib.sha256()
    for source in sources:
        for root in watched(source):
            for line in (f"{source.kind} {root}", *_states(root)):
                digest.update(ascii(line).encode("ascii") + b"\n")
    return digest.hexdigest()[:16]


def _states(root: Path) -> Iterator[str]:
    if root.is_dir():
        yield from _folder_states(root, prefix="", through=True)
    elif root.exists():
        yield _state(root.stat())


def _folder_states(folder: Path, *, prefix: str, through: bool) -> Iterator[str]:
    for entry in entries(folder):
        name = prefix + entry.name
        try:
            if is_folder(entry):
                yield name + "/"
                if through:
                    deeper = not entry.is_symlink()
                    yield from _folder_states(Path(entry.path), prefix=name + "/", through=deeper)
            else:
                yield f"{name} {_state(entry.stat())}"
        except (OSError, PhotographError):
            yield f"{name} unreadable"


def _state(found: os.stat_result) -> str:
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
