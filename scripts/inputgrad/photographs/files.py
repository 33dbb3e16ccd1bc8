"""Files on disk: which of them may hold photographs, their identity, safe reading.

A photograph is known by its bytes: `image_id` is the beginning of the SHA-256 of the file (see
`reading` for those that are turned). Names are shown to people only after `printable`, since a file
name may hold line breaks, control characters or bytes that are not text.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from inputgrad.errors import PhotographError

ENDINGS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
)
MAX_BYTES = 256 * 2**20  # a 250-megapixel JPEG is about half of this
ID_DIGITS = 16  # 64 bits: a collision among a million photographs has probability 3e-8


def image_id(data: bytes) -> str:
    """Name a photograph by the first 16 hex digits of the SHA-256 of its file's bytes."""
    return hashlib.sha256(data).hexdigest()[:ID_DIGITS]


def read_bytes(path: Path) -> bytes:
    """Read the bytes of a photograph's file, at most `MAX_BYTES`.

    Raises:
        PhotographError: the file cannot be read, is empty or too large.
    """
    with opened(path) as file:
        return file.read()


REINDEX = "put it back, or run the workflow again so that add_images sees the change"


def check_signature(head: bytes) -> None:
    """Look at the first 16 bytes of a file.

    Raises:
        PhotographError: they are not those of a format that `images.decoding` reads.
    """
    if has_signature(head):
        return
    if head[4:8] == b"ftyp":  # ISO base media: HEIF, AVIF, also films
        name = "AVIF" if head[8:12] == b"avif" else "HEIC"
        raise PhotographError(f"is a {name} image or a film; save it as JPEG or PNG")
    raise PhotographError("does not begin like a JPEG, PNG, WebP, GIF, BMP or TIFF image")


def has_signature(head: bytes) -> bool:
    """Tell whether the first 16 bytes are those of a format that `images.decode` reads."""
    fixed = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
    return head.startswith(fixed) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def printable(name: str) -> str:
    """Escape line breaks, control characters and undecodable bytes of a name visibly."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def quoted(path: Path) -> str:
    """Put the base name of a path, printable, in quotes, for one line of a message."""
    return f"'{printable(path.name)}'"


def require_folder(path: Path | None, *, kind: str) -> Path:
    """Return the path, if it is a folder that can be read.

    Raises:
        PhotographError: none is given, it does not exist, or it is not a readable folder.
    """
    if path is None:
        raise PhotographError(f"the source '{kind}' needs `path:`, the folder of its photographs")
    if not path.is_dir():
        state = "is not a folder" if os.path.lexists(path) else "does not exist"
        raise PhotographError(
            f"the folder '{printable(str(path))}' of the source '{kind}' {state}; "
            "correct `path:` under `images: sources:` or put the photographs there"
        )
    if not os.access(path, os.R_OK | os.X_OK):
        raise PhotographError(f"the folder '{printable(str(path))}' may not be read; check rights")
    return path


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Entries of a folder, sorted by name, without hidden ones.

    Raises:
        PhotographError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as found:
            shown = [entry for entry in found if not entry.name.startswith(".")]
    except OSError as error:
        raise PhotographError(f"the folder {quoted(folder)} {_cause(error)}") from error
    yield from sorted(shown, key=lambda entry: entry.name)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder or a link to one; a link that leads nowhere is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def opened(path: Path) -> io.BufferedReader:
    """Open a regular file of 1..MAX_BYTES bytes; never wait on a pipe."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise PhotographError("is not a regular file")
        if found.st_size == 0:
            raise PhotographError("is empty (0 bytes)")
        if found.st_size > MAX_BYTES:
            raise PhotographError(f"is larger than {MAX_BYTES >> 20} MiB")
        return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise PhotographError(_cause(error)) from error


def _cause(error: OSError | ValueError) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read: {words or error}"
