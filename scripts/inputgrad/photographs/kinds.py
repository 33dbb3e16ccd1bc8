"""Which kind of source reads a path that someone names, told by names alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.photographs.files import entries, is_folder, printable

VALIDATION = "ILSVRC2012_val_"  # how the names of the challenge's validation photographs begin
ARCHIVE = ".npz"


def kind_of(path: Path | None) -> str:
    """Key of `photographs.SOURCES`: `bundled` for None.

    A folder is `ilsvrc2012` where it or a subfolder holds a file called as the challenge calls its
    validation photographs, else `folder`.

    Raises:
        PhotographError: there is nothing of that name, or it is neither a folder nor an archive.
    """
    if path is None:
        return "bundled"
    if path.is_dir():
        found = any(name.startswith(VALIDATION) for name in _names(path))
        return "ilsvrc2012" if found else "folder"
    if path.is_file() and path.suffix.lower() == ARCHIVE:
        return "npz"
    state = f"is neither a folder nor an {ARCHIVE} file" if path.exists() else "does not exist"
    raise PhotographError(f"'{printable(str(path))}' {state}; give a folder of photographs")


def _names(folder: Path) -> Iterator[str]:
    """Names of what is in a folder and in its subfolders, those of the folder first."""
    found = list(entries(folder))
    yield from (entry.name for entry in found)
    for entry in found:
        if is_folder(entry):
            yield from (inner.name for inner in entries(folder / entry.name))
