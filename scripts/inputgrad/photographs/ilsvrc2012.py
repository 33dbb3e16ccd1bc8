"""The validation photographs of ILSVRC 2012, in any of the forms in which people have them.

| photographs | labels |
|---|---|
| flat, `ILSVRC2012_val_00000001.JPEG` | the devkit's ground truth, with its mapping (`devkit`) |
| flat | `LOC_val_solution.csv`, a CSV `file,label`, or lines `file label` |
| flat, `ILSVRC2012_val_00000001_n01751748.JPEG` | the wnid at the end of the name |
| one subfolder per wnid | the subfolder's name |

`labels:` names the label file or the folder (of the devkit) that holds it; without it the folder of
the photographs is searched (leave it out for wnid folders). A part of the 50,000 photographs is
enough.
Source: https://image-net.org/challenges/LSVRC/2012/.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from inputgrad.errors import PhotographError
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.devkit import MAPPINGS, is_ordered_list, read_ground_truth
from inputgrad.photographs.files import (
    ENDINGS,
    entries,
    is_folder,
    printable,
    quoted,
    require_folder,
)
from inputgrad.photographs.labels import Labels, read_labels, resolve_labels
from inputgrad.photographs.layouts import class_folders, empty, listing, photographs_in

LABEL_FILES = (
    "ILSVRC2012_validation_ground_truth.txt",
    "LOC_val_solution.csv",
    "labels.csv",
    "val.txt",
)
_NUMBERED = re.compile(r"(ILSVRC2012_val_\d{8})(?:_(n\d{8}))?")
_WNID = re.compile(r"n\d{8}")


def list_photographs(*, path: Path | None, labels: Path | None) -> Listing:
    """List the labelled photographs of a validation folder.

    Raises:
        PhotographError: the folder or the label file is missing or empty, or the photographs
            have no labels.
    """
    folder = require_folder(path, kind="ilsvrc2012")
    file = _label_file(folder, labels)
    if file is None and any(is_folder(entry) for entry in entries(folder)):
        return class_folders(folder)
    photographs, refused = photographs_in(folder)
    if not photographs:
        raise empty(folder)
    if file is None:
        file, known = folder, _labels_in_names(photographs)
    elif is_ordered_list(file):
        known = read_ground_truth(file)
    else:
        known = read_labels(file, key=photograph_name)
    return _join(folder, photographs, known, file=file, refused=refused)


def watched(*, path: Path | None, labels: Path | None) -> list[Path]:
    """Name the folder, and the label file with its mapping where they are elsewhere."""
    folder = require_folder(path, kind="ilsvrc2012")
    file = _label_file(folder, labels)
    if file is None or file.parent == folder:
        return [folder]
    beside = [file.parent / name for name in MAPPINGS]
    return [folder, file, *(mapping for mapping in beside if mapping.is_file())]


def photograph_name(file: str) -> str:
    """Strip a file name of its folders, image ending and appended wnid."""
    name = PurePosixPath(file.strip()).name
    stem, dot, ending = name.rpartition(".")
    stem = stem if dot and f".{ending.lower()}" in ENDINGS else name
    match = _NUMBERED.fullmatch(stem)
    return match[1] if match else stem


def _join(
    folder: Path, photographs: list[Path], known: Labels, *, file: Path, refused: list[Refused]
) -> Listing:
    labelled: list[Photograph] = []
    missing = set(known.by_file) | set(known.refused)
    for path in photographs:
        name = photograph_name(path.name)
        missing.discard(name)
        if name in known.by_file:
            labelled.append(Photograph(path, known.by_file[name]))
        else:
            reason = known.refused.get(name, f"has no label in {quoted(file)}")
            refused.append(Refused(path, reason))
    if missing:
        refused.append(Refused(file, _absent(sorted(missing))))
    return listing(folder, labelled, refused)


def _absent(names: list[str]) -> str:
    return (
        f"has labels of {len(names)} photographs that are not in the folder, the first "
        f"'{printable(names[0])}'"
    )


def _labels_in_names(photographs: list[Path]) -> Labels:
    matches = [(path, _NUMBERED.fullmatch(path.stem)) for path in photographs]
    rows = [(path.name, match[2]) for path, match in matches if match and match[2]]
    if not rows:
        folder = photographs[0].parent
        raise PhotographError(
            f"nothing says what the photographs in '{printable(str(folder))}' show: give `labels:` "
            f"({', '.join(LABEL_FILES)}) or sort the photographs into wnid folders"
        )
    return resolve_labels(rows, file=photographs[0].parent, key=photograph_name)


def _label_file(folder: Path, labels: Path | None) -> Path | None:
    """Find the label file; None if not given and the folder holds none, or wnid folders."""
    if labels is None and any(_WNID.fullmatch(e.name) and is_folder(e) for e in entries(folder)):
        return None
    if labels is not None and not labels.is_dir():
        return labels
    where = labels or folder
    places = [where / part / name for name in LABEL_FILES for part in ("", "data")]
    found = next((place for place in places if place.is_file()), None)
    if labels is not None and found is None:
        raise PhotographError(
            f"the folder '{printable(str(labels))}' given as `labels:` holds no label file; "
            f"expected one of {', '.join(LABEL_FILES)}, there or in its folder 'data'"
        )
    return found
