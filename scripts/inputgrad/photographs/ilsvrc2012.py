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
from inputgrad.photographs.devkit import MAPPINGS, read_ground_truth
from inputgrad.photographs.files import (
    ENDINGS,
    entries,
    is_folder,
    printable,
    quoted,
    require_folder,
)
from inputgrad.photographs.label_columns import Row
from inputgrad.photographs.label_text import read_label_text
from inputgrad.photographs.labels import Labels, is_ordered_list, read_labels, resolve_labels
from inputgrad.photographs.layouts import class_folders, empty, listing, photographs_in

LABEL_FILES = (
    "ILSVRC2012_validation_ground_truth.txt",
    *(f"ILSVRC{year}_clsloc_validation_ground_truth.txt" for year in range(2013, 2018)),
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
    photographs, refused = _photographs(folder)
    if not photographs:
        raise empty(folder)
    if file is None:
        file, known = folder, _labels_in_names(photographs)
    else:
        known = _read(file, photographs)
    return _join(folder, photographs, known, file=file, refused=refused)


def _read(file: Path, photographs: list[Path]) -> Labels:
    """Classes by photograph name, of a list in the order of the photographs or of one with names.

    Raises:
        PhotographError: the file cannot be used.
    """
    text = read_label_text(file)
    if is_ordered_list(text):
        return read_ground_truth(file, text.lines, [photograph_name(p.name) for p in photographs])
    return read_labels(file, key=photograph_name)


def _photographs(folder: Path) -> tuple[list[Path], list[Refused]]:
    """Photographs in the folder, or where it has none, in the one folder within that has some."""
    found, refused = photographs_in(folder)
    if found:
        return found, refused
    inner = [photographs_in(folder / e.name) for e in entries(folder) if is_folder(e)]
    filled = [(inside, others) for inside, others in inner if inside]
    return (filled[0][0], refused + filled[0][1]) if len(filled) == 1 else (found, refused)


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
    name = PurePosixPath(file.strip().replace("\\", "/")).name
    stem, dot, ending = name.rpartition(".")
    stem = stem if dot and f".{ending.lower()}" in ENDINGS else name
    match = _NUMBERED.fullmatch(stem)
    return match[1] if match else stem


def _join(
    folder: Path, photographs: list[Path], known: Labels, *, file: Path, refused: list[Refused]
) -> Listing:
    labelled: list[Photograph] = []
    missing = set(known.by_name) | set(known.refused)
    for path in photographs:
        name = photograph_name(path.name)
        missing.discard(name)
        if name in known.by_name:
            labelled.append(Photograph(path, known.by_name[name]))
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
    rows = [Row(path.name, (match[2],)) for path, match in matches if match and match[2]]
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
