"""From the place of a photograph to its identity and its pixels.

A photograph is known by its bytes. Phones store it as the sensor saw it and note in the EXIF
orientation how to hold it; people expect it upright, while the accuracies published for the
validation set were measured without turning. So a kind of source says whether it turns
(`photographs.UPRIGHT`). A turned photograph is another picture and has an identity of its own, so
the identity alone says how bytes are to be read. A row of an .npz file is known by its pixels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from inputgrad.errors import PhotographError, StoreError
from inputgrad.images.decoding import decode, is_turned
from inputgrad.photographs import npz
from inputgrad.photographs.files import (
    ID_DIGITS,
    REINDEX,
    check_signature,
    image_id,
    opened,
    quoted,
    read_bytes,
)

TURNED = b"\nupright"  # follows the bytes of a photograph that is turned upright


@dataclass(frozen=True)
class Identity:
    """`image_id` of a photograph as it is stored, and as people hold it; mostly the same."""

    stored: str
    upright: str


def identify(path: Path) -> Identity:
    """Identity of a photograph, without decoding it.

    Raises:
        PhotographError: not a readable file, empty, too large, or not an image by its first bytes.
    """
    if npz.is_row(path):
        found = npz.row_id(npz.read_row(path))
        return Identity(found, found)
    with opened(path) as file:
        check_signature(file.read(16))
        file.seek(0)
        hashed = hashlib.file_digest(file, "sha256")
        file.seek(0)
        stored = hashed.hexdigest()[:ID_DIGITS]
        if not is_turned(file):
            return Identity(stored, stored)
    hashed.update(TURNED)
    return Identity(stored, hashed.hexdigest()[:ID_DIGITS])


def read_photograph(path: Path, *, expected: str | None = None) -> Image.Image:
    """RGB image of a photograph.

    Args:
        path: the file, or a row of an .npz file.
        expected: its `image_id` in the index, which says whether it is turned; None turns it.

    Raises:
        PhotographError: the bytes are no photograph that can be used, or (without `expected`)
            cannot be read.
        StoreError: the file is gone or its bytes are not the ones that were indexed.
    """
    if npz.is_row(path):
        return _row(path, expected)
    try:
        data = read_bytes(path)
    except PhotographError as error:
        if expected is None:
            raise
        raise StoreError(f"{quoted(path)} was indexed but {error}; {REINDEX}") from error
    if expected in {None, image_id(data + TURNED)}:
        return decode(data, upright=True)
    if expected != image_id(data):
        raise StoreError(f"{quoted(path)} has changed since it was indexed; {REINDEX}")
    return decode(data)


def _row(path: Path, expected: str | None) -> Image.Image:
    pixels = npz.read_row(path)
    if expected not in {None, npz.row_id(pixels)}:
        raise StoreError(f"{quoted(path.parent)} has changed since it was indexed; {REINDEX}")
    return Image.fromarray(pixels)


def fault_of(path: Path, expected: str) -> str | None:
    """Why an identified photograph cannot be decoded, or None."""
    try:
        read_photograph(path, expected=expected)
    except (PhotographError, StoreError) as error:
        return str(error)
    return None
