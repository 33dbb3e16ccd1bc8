"""Layouts of a folder of photographs: a label file, or one subfolder per class.

Hidden files are left out, and so is text that often accompanies photographs (`SIDECARS`);
everything else that cannot be used is refused by name.
"""

from __future__ import annotations

from pathlib import Path

from inputgrad.errors import InputgradError, PhotographError
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import ENDINGS, entries, is_folder, printable, quoted
from inputgrad.photographs.label_columns import means_class
from inputgrad.photographs.labels import Labels
from inputgrad.photographs.matching import Files

SIDECARS = frozenset({".csv", ".txt", ".md", ".json", ".xml", ".mat", ".html", ".db", ".ini"})


def photographs_in(folder: Path) -> tuple[list[Path], list[Refused]]:
    """List the files directly in a folder: images by their ending, and what is refused for it.

    Raises:
        PhotographError: the folder cannot be read.
    """
    found: list[Path] = []
    refused: list[Refused] = []
    for entry in entries(folder):
        path = folder / entry.name
        ending = path.suffix.lower()
        if ending in ENDINGS:
            found.append(path)
        elif ending not in SIDECARS and not is_folder(entry):
            refused.append(Refused(path, f"its ending is none of {_endings()}; save it as JPEG"))
    return found, refused


def class_folders(folder: Path) -> Listing:
    """List photographs in subfolders named by a wnid, a class name or a class index.

    Raises:
        PhotographError: the folder and its subfolders are empty.
    """
    photographs: list[Photograph] = []
    outside, refused = photographs_in(folder)
    refused += [Refused(path, "is outside the class folders, unlabelled") for path in outside]
    for subfolder in [folder / entry.name for entry in entries(folder) if is_folder(entry)]:
        try:
            label = imagenet_classes().resolve(subfolder.name)
            found, others = photographs_in(subfolder)
        except InputgradError as error:
            refused += _every_photograph(subfolder, str(error))
            continue
        photographs += [Photograph(path, label) for path in found]
        refused += others
        for entry in filter(is_folder, entries(subfolder)):
            refused += _every_photograph(
                subfolder / entry.name, "is in a folder within a class folder, not looked into"
            )
    return listing(folder, photographs, refused)


def _every_photograph(folder: Path, reason: str) -> list[Refused]:
    """Each photograph directly in a folder refused; the folder where it has none of its own."""
    try:
        found, _ = photographs_in(folder)
    except PhotographError as error:
        return [Refused(folder, str(error))]
    return [Refused(path, reason) for path in found or [folder]]


def has_class_folders(folder: Path) -> bool:
    """Whether a subfolder's name means a class."""
    return any(is_folder(entry) and means_class(entry.name) for entry in entries(folder))


def labelled_files(folder: Path, labels: Labels, *, file: Path) -> Listing:
    """List photographs that a label file names, in the folder and in the folders within it.

    Refused are names that mean no file, or several; labels that mean no class; and photographs
    without a label, wherever they lie, so that class folders beside a label file are not lost.

    Raises:
        PhotographError: the folder is empty.
    """
    present, refused = _present(folder)
    files = Files(present)
    meant: dict[str, int] = {}
    faults: dict[str, str] = {}
    said: dict[str, int | str] = {**labels.by_name, **labels.refused}
    exact = set(filter(files.is_exact, said))
    for name, found in sorted(said.items(), key=lambda item: item[0] not in exact):
        try:
            path = files.meant_by(name)
            if name not in exact and path in exact:
                raise LookupError(f"'{printable(path)}', which it may mean, is named itself")
        except LookupError as error:
            reason = f"is named in {quoted(file)} but {error}"
            if (recoded := files.recoded(name)) is not None:
                faults[recoded] = reason
            else:
                refused.append(Refused(folder / name.lstrip("/"), reason))
            continue
        if isinstance(found, str):
            faults[path] = found
        elif meant.setdefault(path, found) != found:
            faults[path] = f"has two labels in {quoted(file)}: {meant[path]} and {found}"
    faults |= {
        path: f"has no label in {quoted(file)}"
        for path in present.keys() - meant.keys() - faults.keys()
    }
    refused += [Refused(present[path], reason) for path, reason in faults.items()]
    photographs = [
        Photograph(present[path], label) for path, label in meant.items() if path not in faults
    ]
    return listing(folder, photographs, refused)


def listing(folder: Path, photographs: list[Photograph], refused: list[Refused]) -> Listing:
    """Make the listing of a folder, in the order of the paths.

    Raises:
        PhotographError: it offers nothing, not even something to refuse.
    """
    if not photographs and not refused:
        raise empty(folder)
    return Listing(tuple(sorted(photographs)), tuple(sorted(refused)))


def empty(folder: Path) -> PhotographError:
    """Make the error for a folder without photographs."""
    return PhotographError(
        f"the folder '{printable(str(folder))}' holds no photographs; expected files ending in "
        f"{_endings()}, or subfolders of them named by wnid or class"
    )


def _present(folder: Path) -> tuple[dict[str, Path], list[Refused]]:
    """Photographs by their path in `folder`, there and in folders within, and what is refused.

    Links are followed once, so a link to a parent folder is harmless.
    """
    present: dict[str, Path] = {}
    refused: list[Refused] = []
    waiting = [(folder, True)]
    while waiting:
        where, through_links = waiting.pop()
        found, others = photographs_in(where)
        present |= {path.relative_to(folder).as_posix(): path for path in found}
        refused += others
        inner = [entry for entry in entries(where) if is_folder(entry)]
        waiting += [
            (where / entry.name, through_links and not entry.is_symlink())
            for entry in inner
            if through_links or not entry.is_symlink()
        ]
    return present, refused


def _endings() -> str:
    return " ".join(sorted(ENDINGS))
