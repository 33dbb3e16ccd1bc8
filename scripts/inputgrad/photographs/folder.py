"""A folder of one's own photographs: a labels CSV, or one subfolder per class.

With `labels:` (or a `labels.csv` in the folder) the CSV's columns `file` and `label` label each
file; `file` is relative to the folder. Without it every subfolder is a class, named by its wnid,
its name or its index.
"""

from __future__ import annotations

from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.photographs import Listing, Refused
from inputgrad.photographs.files import entries, is_folder, printable, require_folder
from inputgrad.photographs.labels import read_labels
from inputgrad.photographs.layouts import (
    class_folders,
    empty,
    has_class_folders,
    labelled_files,
    photographs_in,
)

LABELS = "labels.csv"


def list_photographs(*, path: Path | None, labels: Path | None) -> Listing:
    """List the labelled photographs of a folder.

    Raises:
        PhotographError: the folder or the label file is missing or empty, or the photographs
            have no labels.
    """
    folder = require_folder(path, kind="folder")
    file = _label_file(folder, labels)
    if file is not None:
        try:
            return labelled_files(folder, read_labels(file), file=file)
        except PhotographError as error:
            if labels is not None or not has_class_folders(folder):
                raise
            found = class_folders(folder)
            return Listing(found.photographs, (*found.refused, Refused(file, str(error))))
    if any(is_folder(entry) for entry in entries(folder)):
        return class_folders(folder)
    if photographs_in(folder)[0]:
        raise PhotographError(
            f"the photographs in '{printable(str(folder))}' have no labels; put a {LABELS} with "
            "the columns file,label beside them, or sort them into one subfolder per class"
        )
    raise empty(folder)


def watched(*, path: Path | None, labels: Path | None) -> list[Path]:
    """Name the folder, and the label file where it is elsewhere."""
    return [require_folder(path, kind="folder"), *([labels] if labels else [])]


def _label_file(folder: Path, labels: Path | None) -> Path | None:
    beside = folder / LABELS
    return labels or (beside if beside.is_file() else None)
