"""Photographs in one .npz file, as courses hand them out (`imagenet_val_25.npz`).

The arrays `X`, uint8 (N, H, W, 3), and `y`, class indices (N,) in torchvision's order, are read;
others are left alone, and nothing is unpickled: names come from our own table of classes. Row i is
named like a file in a folder, `imagenet_val_25.npz/0007`.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inputgrad.errors import ConfigError, PhotographError
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.classes import CLASS_COUNT
from inputgrad.photographs.files import ID_DIGITS, printable

ENDING = ".npz"
_ROW = re.compile(r"\d{4,}")

Pixels = NDArray[np.uint8]


def list_photographs(*, path: Path | None, labels: Path | None) -> Listing:
    """List the rows of the file.

    Raises:
        ConfigError: a label file is given; this source has its own labels.
        PhotographError: the file is missing, no .npz file, or lacks its arrays.
    """
    file = _file(path, labels)
    pixels, classes = _arrays(file)
    photographs, refused = [], []
    for number, label in enumerate(classes.tolist()):
        place = file / f"{number:04d}"
        if 0 <= label < CLASS_COUNT:
            photographs.append(Photograph(place, label))
        else:
            reason = f"has the label {label}; expected a class index from 0 to {CLASS_COUNT - 1}"
            refused.append(Refused(place, reason))
    if not len(pixels):
        raise PhotographError(f"'{printable(str(file))}' holds no photographs")
    return Listing(tuple(photographs), tuple(refused))


def watched(*, path: Path | None, labels: Path | None) -> list[Path]:
    """Name the file."""
    return [_file(path, labels)]


def is_row(path: Path) -> bool:
    """Whether a path names a row of an .npz file."""
    return path.parent.suffix.lower() == ENDING and bool(_ROW.fullmatch(path.name))


def read_row(path: Path) -> Pixels:
    """(H, W, 3) uint8 of a row.

    Raises:
        PhotographError: the file is missing, no .npz file, or has fewer rows.
    """
    pixels, _ = _arrays(path.parent)
    if int(path.name) >= len(pixels):
        raise PhotographError(f"there is no row {path.name}: the file has {len(pixels)}")
    row: Pixels = pixels[int(path.name)]
    return row


def row_id(pixels: Pixels) -> str:
    """`image_id` of a row: of its size and its pixels, wherever they are stored."""
    size = " x ".join(map(str, pixels.shape))
    return hashlib.sha256(f"pixels {size}\n".encode() + pixels.tobytes()).hexdigest()[:ID_DIGITS]


def _file(path: Path | None, labels: Path | None) -> Path:
    if labels is not None:
        raise ConfigError("the source 'npz' takes no `labels:`; its file has the array y")
    if path is None:
        raise PhotographError("the source 'npz' needs `path:`, the .npz file")
    if not path.is_file():
        raise PhotographError(
            f"the file '{printable(str(path))}' of the source 'npz' does not exist; "
            "correct `path:` under `images: sources:`"
        )
    return path


def _arrays(file: Path) -> tuple[Pixels, NDArray[np.int64]]:
    found = file.stat()
    return _loaded(file, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=4)
def _loaded(
    file: Path, _size: int, _mtime_ns: int, _ctime_ns: int
) -> tuple[Pixels, NDArray[np.int64]]:
    name = printable(str(file))
    try:
        content = np.load(file, allow_pickle=False)
        if not isinstance(content, np.lib.npyio.NpzFile):
            raise PhotographError(f"'{name}' is a single array; expected an .npz file")
        with content:
            if missing := {"X", "y"} - set(content):
                raise PhotographError(
                    f"'{name}' lacks the array {', '.join(sorted(missing))}; it has "
                    f"{', '.join(sorted(content)) or 'none'}"
                )
            pixels, classes = content["X"], content["y"]
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError) as error:
        words = " ".join(str(error).split())
        raise PhotographError(f"'{name}' cannot be read as an .npz file: {words}") from error
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[-1] != 3:
        raise PhotographError(
            f"the array X of '{name}' is {pixels.dtype} of shape {pixels.shape}; expected uint8 of "
            "shape (N, H, W, 3)"
        )
    if classes.dtype.kind not in "iu" or classes.shape != pixels.shape[:1]:
        raise PhotographError(
            f"the array y of '{name}' is {classes.dtype} of shape {classes.shape}; expected whole "
            f"numbers of shape ({len(pixels)},)"
        )
    return pixels, classes.astype(np.int64)
