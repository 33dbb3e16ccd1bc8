"""The challenge's devkit: a list of numbers in the order of the photographs, in its own numbering.

Line i of `ILSVRC2012_validation_ground_truth.txt` is the ILSVRC2012_ID, 1..1000, of
ILSVRC2012_val_0000000i.JPEG. That ID is *not* the class index plus one: the devkit orders the
classes differently (its first is the kit fox, n02119789, index 278). Read as indices, the numbers
look valid and nearly all are wrong. They are mapped through the wnids in `meta.mat`, or in
`map_clsloc.txt` with lines `n02119789 1 kit_fox`, in the same folder. A list of wnids, one a line,
needs no mapping and is read as well.
Source: readme.txt of ILSVRC2012_devkit_t12, section 2.2.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inputgrad.errors import PhotographError
from inputgrad.photographs.classes import CLASS_COUNT, imagenet_classes
from inputgrad.photographs.files import printable, quoted
from inputgrad.photographs.label_columns import Row
from inputgrad.photographs.label_text import read_label_text
from inputgrad.photographs.labels import Labels, resolve_labels

MAPPINGS = ("meta.mat", "map_clsloc.txt")


VALIDATION_SET = 50_000  # photographs; a list of so many is whole, whatever part of them is here


def read_ground_truth(path: Path, words: Sequence[str], photographs: Sequence[str]) -> Labels:
    """Class indices by photograph name ('ILSVRC2012_val_00000001', ...) of an ordered list.

    Args:
        path: the list, named in messages; its mapping is beside it.
        words: its lines.
        photographs: names of those that are here. A list says which line is whose only by the
            number, so it must be that of the whole validation set, or of the photographs 1 to N.

    Raises:
        PhotographError: the list is of other photographs or has a header, a number is outside
            1..1000, or the mapping beside it is missing, unreadable or incomplete.
    """
    names = [f"ILSVRC2012_val_{line:08d}" for line in range(1, len(words) + 1)]
    if len(words) != VALIDATION_SET and sorted(photographs) != names:
        raise PhotographError(
            f"{quoted(path)} has {len(words)} lines without file names for {len(photographs)} "
            "photographs; without names a list must be that of all 50,000, or of the photographs "
            "1, 2, 3, … in their order, without a header: put the file names before the labels"
        )
    if words[0].strip().isdecimal():
        wnids = read_mapping(path.parent)
        words = [_mapped(word, line, path, wnids) for line, word in enumerate(words, 1)]
    rows = (Row(name, (word.strip(),)) for name, word in zip(names, words, strict=True))
    return resolve_labels(rows, file=path, key=str)


def read_mapping(folder: Path) -> dict[int, str]:
    """Read the wnid of each ILSVRC2012_ID 1..1000 from `meta.mat` or `map_clsloc.txt` in a folder.

    Raises:
        PhotographError: neither is there, or it does not name each of the 1000 classes once.
    """
    readers = {"meta.mat": _read_meta, "map_clsloc.txt": _read_map}
    found = next((folder / name for name in MAPPINGS if (folder / name).is_file()), None)
    if found is None:
        raise PhotographError(
            f"the devkit numbers the classes in its own order: put its {' or '.join(MAPPINGS)} "
            "beside the ground truth, or use LOC_val_solution.csv or wnid folders"
        )
    wnids = {i: wnid for i, wnid in readers[found.name](found) if 1 <= i <= CLASS_COUNT}
    if sorted(wnids.values()) != sorted(imagenet_classes().wnids):
        raise PhotographError(
            f"{quoted(found)} does not give one wnid of the challenge to each of the IDs "
            f"1..{CLASS_COUNT}; take the file from ILSVRC2012_devkit_t12"
        )
    return wnids


def _read_meta(path: Path) -> list[tuple[int, str]]:
    loadmat: Any = importlib.import_module("scipy.io").loadmat  # heavy, and only this file needs it
    try:
        synsets = loadmat(path, squeeze_me=True)["synsets"]
        pairs = zip(synsets["ILSVRC2012_ID"], synsets["WNID"], strict=True)
        return [(int(number), str(wnid)) for number, wnid in pairs]
    except Exception as error:  # SciPy raises many kinds on a damaged file
        raise PhotographError(f"{quoted(path)} is not the devkit's table of synsets") from error


def _read_map(path: Path) -> list[tuple[int, str]]:
    rows = [line.split() for line in read_label_text(path).lines]
    return [(int(row[1]), row[0]) for row in rows if len(row) > 1 and row[1].isdecimal()]


def _mapped(word: str, line: int, path: Path, wnids: dict[int, str]) -> str:
    number = int(word) if word.strip().isdecimal() else 0
    if number not in wnids:
        raise PhotographError(
            f"line {line} of {quoted(path)} is '{printable(word[:40])}'; expected the devkit's "
            f"ground truth, a number 1..{CLASS_COUNT} a line (indices 0..999 need file names)"
        )
    return wnids[number]
