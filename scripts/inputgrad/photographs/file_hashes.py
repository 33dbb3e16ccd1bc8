"""What is known of files, found out once: a file that is unchanged is not read again.

Unchanged are a file's size, its mtime and its ctime: tools that edit a photograph and put its mtime
back leave another ctime. The cache is one JSON object, `{"files": {absolute path: [size, mtime_ns,
ctime_ns, stored, upright, fault]}}`, with both identities (see `reading`) and why it cannot be
decoded: "" where it can, null where nobody has tried. It only saves time: without it, or where it
is damaged, the files are read once more, and of two writers at once one may lose its additions.
Only files that have an identity are in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from inputgrad.errors import PhotographError
from inputgrad.files import write_bytes
from inputgrad.photographs import npz
from inputgrad.photographs.reading import Identity, fault_of, identify

FILES_PER_TASK = 64  # few enough to keep every thread busy, enough to make the pool cheap

Stamp = tuple[int, int, int]  # size in bytes, mtime and ctime in nanoseconds
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class _Known:
    """What is known of a file with this stamp."""

    stamp: Stamp
    identity: Identity
    fault: str | None = None


class FileHashes:
    """Identities and faults of files, from the cache or found out now."""

    def __init__(self, cache: Path) -> None:
        """Read the cache if it exists; `save` rewrites it if anything new was found out."""
        self._cache = cache
        self._known = _read(cache)
        self._changed = False

    def identities(self, paths: Sequence[Path]) -> list[Identity | PhotographError]:
        """Identity of each photograph, or why it has none, in the order given."""
        places = [_place(path) for path in paths]
        stamps = [_stamp(path) for path in paths]
        new = [
            number
            for number, (place, stamp) in enumerate(zip(places, stamps, strict=True))
            if stamp is None or place not in self._known or self._known[place].stamp != stamp
        ]
        found = dict(zip(new, _in_threads(_identified, [paths[n] for n in new]), strict=True))
        for number, result in found.items():
            stamp = stamps[number]
            if isinstance(result, Identity) and stamp is not None:
                self._known[places[number]] = _Known(stamp, result)
                self._changed = True
        return [
            found[number] if number in found else self._known[place].identity
            for number, place in enumerate(places)
        ]

    def faults(self, photographs: Sequence[tuple[Path, str]]) -> list[str | None]:
        """Why each photograph (place, image_id) cannot be decoded, or None, in the order given."""
        known = [self._known.get(_place(path)) for path, _ in photographs]
        new = [n for n, about in enumerate(known) if about is None or about.fault is None]
        tried = _in_threads(lambda p: fault_of(*p), [photographs[n] for n in new])
        found = dict(zip(new, tried, strict=True))
        for number, fault in found.items():
            if (about := known[number]) is not None:
                about.fault = fault or ""
                self._changed = True
        return [
            found[number] if about is None or number in found else about.fault or None
            for number, about in enumerate(known)
        ]

    def save(self) -> None:
        """Write the cache."""
        if self._changed:
            files = {
                place: [*about.stamp, about.identity.stored, about.identity.upright, about.fault]
                for place, about in self._known.items()
            }
            write_bytes(self._cache, json.dumps({"files": files}).encode("ascii"))


def _in_threads(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Results in the order given; reading, hashing and decoding release the interpreter's lock."""
    tasks = [items[i : i + FILES_PER_TASK] for i in range(0, len(items), FILES_PER_TASK)]
    with ThreadPoolExecutor() as pool:
        return [result for task in pool.map(lambda t: [*map(work, t)], tasks) for result in task]


def _identified(path: Path) -> Identity | PhotographError:
    try:
        return identify(path)
    except PhotographError as error:
        return error


def _place(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - ten times as fast as Path.absolute


def _stamp(path: Path) -> Stamp | None:
    try:
        found = os.stat(path.parent if npz.is_row(path) else path)  # noqa: PTH116 - 50,000 of them
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(cache: Path) -> dict[str, _Known]:
    try:
        files = json.loads(cache.read_bytes())["files"]
        return {
            place: _Known(
                (int(size), int(mtime), int(ctime)),
                Identity(str(stored), str(upright)),
                None if fault is None else str(fault),
            )
            for place, (size, mtime, ctime, stored, upright, fault) in files.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
