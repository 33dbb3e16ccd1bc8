"""Identities of files, hashed once: a file whose size and mtime are unchanged is not read again.

The cache is one JSON object, `{"files": {absolute path: [size, mtime_ns, image_id]}}`. It only
saves time: without it, or where it is damaged, the files are read once more, and of two writers at
once one may lose its additions. Only usable files are in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.files import write_bytes
from inputgrad.photographs.files import hash_photograph

FILES_PER_TASK = 64  # few enough to keep every thread busy, enough to make the pool cheap

Stamp = tuple[int, int]  # size in bytes, mtime in nanoseconds
Known = dict[str, tuple[int, int, str]]  # absolute path -> stamp and image_id


def hash_files(paths: Sequence[Path], *, cache: Path) -> list[str | PhotographError]:
    """Find the `image_id` of each file, or why it has none, in the order given.

    Args:
        paths: the files.
        cache: read if it exists, rewritten if anything new was hashed.
    """
    known = _read_cache(cache)
    places = [os.path.abspath(path) for path in paths]  # noqa: PTH100 - ten times Path.absolute
    stamps = [_stamp(place) for place in places]
    new = [
        number
        for number, (place, stamp) in enumerate(zip(places, stamps, strict=True))
        if stamp is None or known.get(place, ())[:2] != stamp
    ]
    results = dict(zip(new, _hash_all([paths[number] for number in new]), strict=True))
    for number, result in results.items():
        stamp = stamps[number]
        if isinstance(result, str) and stamp is not None:
            known[places[number]] = (*stamp, result)
    if any(isinstance(result, str) for result in results.values()):
        write_bytes(cache, json.dumps({"files": known}).encode("ascii"))
    return [
        results[number] if number in results else known[place][2]
        for number, place in enumerate(places)
    ]


def _hash_all(paths: list[Path]) -> list[str | PhotographError]:
    tasks = [paths[i : i + FILES_PER_TASK] for i in range(0, len(paths), FILES_PER_TASK)]
    with ThreadPoolExecutor() as pool:  # hashing and reading release the interpreter's lock
        return [result for task in pool.map(_hash_some, tasks) for result in task]


def _hash_some(paths: list[Path]) -> list[str | PhotographError]:
    return [_hash_one(path) for path in paths]


def _hash_one(path: Path) -> str | PhotographError:
    try:
        return hash_photograph(path)
    except PhotographError as error:
        return error


def _stamp(place: str) -> Stamp | None:
    try:
        found = os.stat(place)  # noqa: PTH116 - 50,000 of them
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def _read_cache(cache: Path) -> Known:
    try:
        files = json.loads(cache.read_bytes())["files"]
        return {at: (int(size), int(mtime), str(key)) for at, (size, mtime, key) in files.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
