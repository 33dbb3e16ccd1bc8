"""Weights files by their bytes (no torch): identified by SHA-256, not by path."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from inputgrad.errors import ModelError
from inputgrad.hashing import file_digest

SHORTEST_PREFIX = 8  # hex digits; as many as torchvision's file names carry


def weights_digest(path: Path, *, expected: str | None = None) -> str:
    """SHA-256 of a file in 64 hex digits, hashed once per process while the file is unchanged.

    expected: 8 to 64 hex digits that it must begin with; None leaves it unchecked.
    Raises ModelError where the file cannot be read or is another one.
    """
    try:
        status = path.stat()
        found = _digest(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ModelError(
            f"cannot read the weights file {path} ({error.strerror}); "
            "correct its path in the config, relative to the folder the workflow runs in"
        ) from error
    if expected is not None:
        _require(found, expected, path)
    return found


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _mtime_ns: int) -> str:
    return file_digest(path)


def _require(found: str, expected: str, path: Path) -> None:
    if not SHORTEST_PREFIX <= len(expected) <= 64:
        raise ModelError(
            f"sha256 {expected!r} of {path}: expected {SHORTEST_PREFIX} to 64 hex digits"
        )
    if not found.startswith(expected.lower()):
        raise ModelError(
            f"{path} is not the expected file: its sha256 should begin with {expected.lower()}, "
            f"it is {found}; replace the file or correct the hash"
        )
