"""The append-only store of image batches: small fixed groups of photographs, the unit of a job.

`<store>/<batch>.json` lists the photographs of a batch. The key is made of their identities and
labels, so the content of a batch never changes; only its paths may, when files move. Photographs in
a stored batch stay there when others are added, removed or sampled differently, so that what was
computed for a batch stays valid.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import StoreError
from inputgrad.files import write_json
from inputgrad.photographs.sampling import Entry

SCHEMA_VERSION = 1
KEY_DIGITS = 12
SMALL_SAMPLE, SMALL_BATCH = 2000, 10  # photographs
_FILES = "[0-9a-f]" * KEY_DIGITS + ".json"

Pair = tuple[str, int]  # image_id and class index: what a result depends on


@dataclass(frozen=True, order=True)
class BatchImage:
    """A photograph in a batch: identity, class index 0..999, and its last known path."""

    image_id: str
    label: int
    path: Path


@dataclass(frozen=True)
class Batch:
    """A group of photographs, sorted by `image_id`; `batch` is its key."""

    batch: str
    images: tuple[BatchImage, ...]


def batch_key(pairs: Iterable[Pair]) -> str:
    """Take the first 12 hex digits of the SHA-256 of the sorted lines `<image_id> <label>`."""
    lines = "".join(f"{image_id} {label}\n" for image_id, label in sorted(pairs))
    return hashlib.sha256(lines.encode()).hexdigest()[:KEY_DIGITS]


def load_batch(path: Path) -> Batch:
    """Read a batch file.

    Raises:
        StoreError: it is missing, damaged, of another version, or not what its name says.
    """
    try:
        content = json.loads(path.read_bytes())
        version = content["schema_version"]
        images = tuple(
            BatchImage(str(i["image_id"]), int(i["label"]), Path(i["path"]))
            for i in content["images"]
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"cannot read the image batch {path}: {error!r}; {_REMEDY}") from error
    key = batch_key((image.image_id, image.label) for image in images)
    if version != SCHEMA_VERSION or key != path.stem:
        raise StoreError(
            f"the image batch {path} has version {version} and key {key}, expected version "
            f"{SCHEMA_VERSION} and key {path.stem}; {_REMEDY}"
        )
    return Batch(key, images)


_REMEDY = "delete this file and run the workflow again: its photographs are put into new batches"


def place(
    chosen: Sequence[Entry], *, present: Iterable[Entry], batch_size: int, store: Path
) -> dict[str, str]:
    """Assign every chosen photograph to a batch: a stored one, or a new one that is then stored.

    Args:
        chosen: the sample in rank order, each `image_id` once.
        present: all photographs found, chosen or not; stored paths are updated from them.
        batch_size: the most photographs in a new batch.
        store: the folder of the batch files.

    Returns:
        the batch's key by `image_id`.

    Raises:
        StoreError: a stored batch is damaged.
    """
    stored = {batch.batch: batch for batch in map(load_batch, sorted(store.glob(_FILES)))}
    placed = cover([(entry.image_id, entry.label) for entry in chosen], stored)
    for group in _groups([e for e in chosen if e.image_id not in placed], batch_size):
        batch = _new_batch(group)
        _write_batch(batch, store)
        placed |= dict.fromkeys((entry.image_id for entry in group), batch.batch)
    paths = {(entry.image_id, entry.label): entry.path for entry in present}
    for key in set(placed.values()) & stored.keys():
        moved = _moved(stored[key], paths)
        if moved != stored[key]:
            _write_batch(moved, store)
    return placed


def fitting_size(photographs: int) -> int:
    """Photographs in a batch where none are configured: 10, for large samples a power of two.

    About a hundredth of the sample, from 256 to 1,024: each batch is a job and some files for every
    model and technique. Small samples keep batches that a kill costs little.
    """
    if photographs <= SMALL_SAMPLE:
        return SMALL_BATCH
    return int(min(max(2 ** math.ceil(math.log2(photographs / 100)), 256), 1024))


def cover(wanted: Iterable[Pair], stored: Mapping[str, Batch]) -> dict[str, str]:
    """Choose the stored batch of each photograph, few batches in all (greedy set cover).

    The batch with the most photographs still wanted comes first, then the next; of equal ones the
    smaller batch, then the smaller key. A photograph with another label is another one.

    Returns:
        the batch's key by `image_id`, for those that are in a batch.
    """
    left = set(wanted)
    queue: list[tuple[int, int, str]] = []
    for key, batch in stored.items():
        queue.append((-len(left & _pairs(batch)), len(batch.images), key))
    heapq.heapify(queue)
    placed: dict[str, str] = {}
    while queue and left:
        gain, size, key = heapq.heappop(queue)
        taken = left & _pairs(stored[key])
        if len(taken) == -gain:
            placed |= dict.fromkeys((image_id for image_id, _ in taken), key)
            left -= taken
        elif taken:  # others have taken some since: back into the queue with what is left
            heapq.heappush(queue, (-len(taken), size, key))
    return placed


def _groups(entries: list[Entry], batch_size: int) -> list[list[Entry]]:
    """Make as few groups as `batch_size` allows, of nearly equal size, in the order given."""
    count = math.ceil(len(entries) / batch_size)
    bounds = [len(entries) * i // count for i in range(count + 1)] if count else []
    return [entries[a:b] for a, b in itertools.pairwise(bounds)]


def _new_batch(group: list[Entry]) -> Batch:
    images = sorted(BatchImage(entry.image_id, entry.label, entry.path) for entry in group)
    return Batch(batch_key((entry.image_id, entry.label) for entry in group), tuple(images))


def _moved(batch: Batch, paths: Mapping[Pair, Path]) -> Batch:
    images = (
        BatchImage(i.image_id, i.label, paths.get((i.image_id, i.label), i.path))
        for i in batch.images
    )
    return Batch(batch.batch, tuple(images))


def _pairs(batch: Batch) -> set[Pair]:
    return {(image.image_id, image.label) for image in batch.images}


def _write_batch(batch: Batch, store: Path) -> None:
    images = [
        {"image_id": image.image_id, "label": image.label, "path": str(image.path)}
        for image in batch.images
    ]
    content = {"schema_version": SCHEMA_VERSION, "batch": batch.batch, "images": images}
    write_json(store / f"{batch.batch}.json", content)
