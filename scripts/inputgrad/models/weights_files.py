"""Weights files by their bytes (no torch): identified by SHA-256, of which format they are.

What people hand on as weights is often something else: the pointer that Git LFS leaves in a clone,
the page of a download that wanted a login, an archive around the file. Each is told by its first
bytes and called what it is. The ending of a name is not looked at.
"""

from __future__ import annotations

import zipfile
from codecs import getincrementaldecoder
from functools import lru_cache
from pathlib import Path
from typing import Literal

from inputgrad.errors import ModelError
from inputgrad.hashing import file_digest

SHORTEST_PREFIX = 8  # hex digits; as many as torchvision's file names carry

Format = Literal["torch", "safetensors"]

HEAD = 512  # bytes that tell a format
EXPECTED = "expected a state_dict, saved as torch.save(model.state_dict(), …) or as safetensors"
ZIP, PICKLE = b"PK\x03\x04", b"\x80"
SAFETENSORS = b"\x00\x00\x00\x00{"  # end of the header's length (8 bytes) and its first brace
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
UNPACK = "unpack it and give the file inside"
MAGIC: dict[bytes, str] = {
    b"\x1f\x8b": f"is compressed by gzip; {UNPACK}",
    b"BZh": f"is compressed by bzip2; {UNPACK}",
    b"\xfd7zXZ\x00": f"is compressed by xz; {UNPACK}",
    b"\x28\xb5\x2f\xfd": f"is compressed by Zstandard; {UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"is a 7z archive; {UNPACK}",
    b"Rar!": f"is a RAR archive; {UNPACK}",
    b"\x89HDF": f"is an HDF5 file, as Keras and TensorFlow write it; {EXPECTED}",
    b"\x93NUMPY": f"is a NumPy array; {EXPECTED}",
    b"GGUF": f"is a GGUF file; {EXPECTED}",
}
TAR_MAGIC, TAR_PLACE = b"ustar", 257
PAGES = {b"<html": "an HTML page", b"<!doctype": "an HTML page", b"<?xml": "an XML page"}
NEWLINE = "\n"


def weights_digest(path: Path, *, expected: str | None = None) -> str:
    """SHA-256 of a file in 64 hex digits, hashed once per process while the file is unchanged.

    expected: 8 to 64 hex digits that it must begin with, in capitals or not; None leaves it
        unchecked.
    Raises ModelError where the file cannot be read or is another one.
    """
    try:
        status = path.stat()
        found = _digest(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    except OSError as error:
        raise _unreadable(path, error) from error
    if expected is not None:
        _require(found, expected.lower(), path)
    return found


@lru_cache(maxsize=64)
def _digest(path: Path, _size: int, _mtime_ns: int, _ctime_ns: int) -> str:
    return file_digest(path)


def _require(found: str, expected: str, path: Path) -> None:
    if not SHORTEST_PREFIX <= len(expected) <= 64:
        raise ModelError(
            f"sha256 {expected!r} of {path}: expected {SHORTEST_PREFIX} to 64 hex digits"
        )
    if not found.startswith(expected):
        raise ModelError(
            f"{path} is not the expected file: its sha256 should begin with {expected}, "
            f"it is {found}; replace the file or correct the hash"
        )


def weights_format(path: Path) -> Format:
    """How a file of weights is to be read, by its first bytes and, of an archive, its table.

    Raises ModelError, saying what it is, where it is no file of weights or has been cut short.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD)
        if head.startswith(ZIP):
            _check_archive(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if head[4:9] == SAFETENSORS:  # before pickles, since a header may have 128 bytes
        _check_header(path, int.from_bytes(head[:8], "little"), size)
        return "safetensors"
    if head.startswith((ZIP, PICKLE)):
        return "torch"
    raise ModelError(f"{path} {_what_else(head)}")


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.rpartition("/")[2] for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ModelError(
            f"{path} has been cut short or damaged ({error}); download or copy it again"
        ) from error
    if "data.pkl" not in names:
        raise ModelError(
            f"{path} is a ZIP archive, but not one of torch (it holds {', '.join(names[:3])}); "
            f"{UNPACK}"
        )
    if "constants.pkl" in names:
        raise ModelError(f"{path} is a TorchScript program; {EXPECTED}")


def _check_header(path: Path, length: int, size: int) -> None:
    if 8 + length > size:
        raise ModelError(
            f"{path} has been cut short: its safetensors header would have {length} bytes, "
            f"the whole file has {size}; download or copy it again"
        )


def _what_else(head: bytes) -> str:
    if not head:
        return "is empty (0 bytes); download or copy it again"
    if head.startswith(LFS_POINTER):
        return "is the pointer of a Git LFS file, not the file; run `git lfs pull` in its folder"
    for magic, words in MAGIC.items():
        if head.startswith(magic):
            return words
    if head[TAR_PLACE:].startswith(TAR_MAGIC):
        return f"is a tar archive; {UNPACK}"
    for tag, page in PAGES.items():
        if tag in head.lower():
            return f"is {page}, which a server sent in the file's place; download it again"
    if (text := _text(head)) is not None:
        return f"is text that begins with {text.strip().partition(NEWLINE)[0][:40]!r}; {EXPECTED}"
    return f"is of no known format (it begins with the bytes {head[:4].hex(' ')}); {EXPECTED}"


def _text(head: bytes) -> str | None:
    """The first bytes of a text file as text, None where they are no UTF-8 that can be printed."""
    try:
        text = getincrementaldecoder("utf-8-sig")().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c.isspace() for c in text) else None


def _unreadable(path: Path, error: OSError) -> ModelError:
    return ModelError(
        f"cannot read the weights file {path} ({error.strerror}); "
        "correct its path in the config, relative to the folder the workflow runs in"
    )
