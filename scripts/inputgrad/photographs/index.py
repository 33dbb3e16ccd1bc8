"""The index: the sample that the configuration describes, and the batches that hold it.

`index.json` is what everything after `add_images` reads: the sample in rank order with the batch
of each photograph, the batches that are needed, and what was refused and why. It holds no path
and no time, so the same photographs and configuration give the same file on any machine.
The batches are in an append-only store in the same folder (`photographs.batches`).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inputgrad.errors import PhotographError, StoreError
from inputgrad.files import write_json
from inputgrad.photographs import Listing, Refused, Source, watched
from inputgrad.photographs.batches import Batch, BatchImage, load_batch, place
from inputgrad.photographs.file_hashes import hash_files
from inputgrad.photographs.files import entries, is_folder, printable
from inputgrad.photographs.sampling import Entry, distinct, sample

__all__ = [
    "Batch",
    "BatchImage",
    "Index",
    "IndexedImage",
    "RefusedFile",
    "build_index",
    "listing_digest",
    "load_batch",
    "load_index",
    "write_index",
]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class IndexedImage:
    """A photograph of the sample; `file` is its base name, printable, for people only."""

    image_id: str
    label: int
    batch: str
    file: str
    source: str


@dataclass(frozen=True, order=True)
class RefusedFile:
    """The base name of a file that cannot be used, printable, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Index:
    """The sample in rank order, the keys of the batches that hold it (sorted), and the refused."""

    seed: int
    n: int | None
    images: tuple[IndexedImage, ...]
    batches: tuple[str, ...]
    refused: tuple[RefusedFile, ...]


def build_index(
    listings: Sequence[tuple[str, Listing]],
    *,
    n: int | None,
    seed: int,
    batch_size: int,
    store: Path,
    file_cache: Path,
) -> Index:
    """Hash the photographs, draw the sample, and put new photographs into new batches.

    Args:
        listings: the kind of each source and what it offers, in the order of the configuration.
        n: size of the sample, or None for all photographs.
        seed: of the sample.
        batch_size: the most photographs in a new batch, at least 1.
        store: the folder of the batch files; created if needed, only added to.
        file_cache: the file that remembers the hashes of unchanged files.

    Raises:
        PhotographError: the sample is empty.
        StoreError: a stored batch is damaged.
    """
    hashed, refused = _hashed(listings, file_cache)
    present, contradictions = distinct(hashed)
    refused += contradictions
    chosen = sample(present, n=n, seed=seed)
    if not chosen:
        raise _empty_sample(len(present), refused)
    batch_of = place(chosen, present=present, batch_size=batch_size, store=store)
    images = tuple(
        IndexedImage(e.image_id, e.label, batch_of[e.image_id], printable(e.path.name), e.source)
        for e in chosen
    )
    named = sorted({RefusedFile(printable(r.path.name), r.reason) for r in refused})
    return Index(seed, n, images, tuple(sorted(set(batch_of.values()))), tuple(named))


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
            images=tuple(IndexedImage(**image) for image in content["images"]),
            batches=tuple(content["batches"]),
            refused=tuple(RefusedFile(**refused) for refused in content["refused"]),
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"cannot read the index {path}: {error!r}; delete it and run the workflow again"
        ) from error


def listing_digest(sources: Sequence[Source]) -> str:
    """Digest, 16 hex digits, that changes when `add_images` has to run again.

    Over the name, size and mtime of everything that the sources depend on, label files included.
    Nothing is opened, so 50,000 files take well under a second. A link to a folder is looked
    into, but not through further folders in it, so that a link to its own parent does no harm.

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
        found = root.stat()
        yield f"{found.st_size} {found.st_mtime_ns}"


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
                found = entry.stat()
                yield f"{name} {found.st_size} {found.st_mtime_ns}"
        except (OSError, PhotographError):
            yield f"{name} unreadable"


def _hashed(
    listings: Sequence[tuple[str, Listing]], file_cache: Path
) -> tuple[list[Entry], list[Refused]]:
    offered = [(kind, found) for kind, listing in listings for found in listing.photographs]
    refused = [refusal for _, listing in listings for refusal in listing.refused]
    hashes = hash_files([photograph.path for _, photograph in offered], cache=file_cache)
    hashed: list[Entry] = []
    for (kind, photograph), result in zip(offered, hashes, strict=True):
        if isinstance(result, str):
            hashed.append(Entry(result, photograph.label, photograph.path, kind))
        else:
            refused.append(Refused(photograph.path, str(result)))
    return hashed, refused


def _empty_sample(present: int, refused: list[Refused]) -> PhotographError:
    if present:
        return PhotographError(f"the sample is empty: {present} photographs, but `images: n` is 0")
    reasons = Counter(refusal.reason for refusal in refused).most_common(3)
    why = "; ".join(f"{count} x {reason}" for reason, count in reasons) or "there were none"
    return PhotographError(
        f"no photograph can be used, {len(refused)} were refused ({why}); "
        "check `images: sources:`, its paths and labels"
    )
