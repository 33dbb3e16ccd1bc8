"""Layouts of a folder of photographs: a label file, or one subfolder per class.

Hidden files are left out, and so is text that often accompanies photographs (`SIDECARS`);
everything else that cannot be used is refused by name. Only the folder, its direct subfolders and
the folders that a label file names are read, so a link to a parent folder is harmless.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from inputgrad.errors import InputgradError, PhotographError
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import ENDINGS, entries, is_folder, printable, quoted
from inputgrad.photographs.labels import Labels

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
            refused.append(Refused(path, f"its ending is none of {_endings()}"))
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
            refused.append(Refused(subfolder, str(error)))
            continue
        photographs += [Photograph(path, label) for path in found]
        refused += others
        nested = [subfolder / entry.name for entry in entries(subfolder) if is_folder(entry)]
        refused += [
            Refused(path, "folders in class folders are not looked into") for path in nested
        ]
    return listing(folder, photographs, refused)


def labelled_files(folder: Path, labels: Labels, *, file: Path) -> Listing:
    """List photographs that a label file names, by paths relative to the folder.

    Refused are labels that name no class, files that do not exist or are outside the folder, and
    photographs without a label in the folder or in a subfolder that the label file names.

    Raises:
        PhotographError: the folder is empty.
    """
    refused = [Refused(folder / name, reason) for name, reason in labels.refused.items()]
    inside = {name for name in labels.by_file if _is_inside(name)}
    refused += [
        Refused(folder / name, f"is no file name inside the folder, as {quoted(file)} has it")
        for name in labels.by_file.keys() - inside
    ]
    present, wrong_ending = _present(folder, inside)
    refused += [
        Refused(folder / name, f"is named in {quoted(file)} but does not exist")
        for name in inside - present.keys()
    ]
    refused += [
        Refused(path, f"has no label in {quoted(file)}")
        for name, path in present.items()
        if name not in labels.by_file and name not in labels.refused
    ]
    named = labels.by_file.keys() | labels.refused.keys()
    refused += [r for r in wrong_ending if str(r.path.relative_to(folder)) not in named]
    labelled = inside & present.keys()
    return listing(
        folder, [Photograph(present[name], labels.by_file[name]) for name in labelled], refused
    )


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


def _present(folder: Path, named: set[str]) -> tuple[dict[str, Path], list[Refused]]:
    """Find files by their name relative to `folder`: image endings, and whatever else is named."""
    present: dict[str, Path] = {}
    refused: list[Refused] = []
    for parent in {PurePosixPath(name).parent for name in named} | {PurePosixPath()}:
        where = folder / parent
        if not where.is_dir():
            continue
        found, others = photographs_in(where)
        present |= {str(parent / path.name): path for path in found}
        refused += others
    for name in named - present.keys():
        if (folder / name).is_file():
            present[name] = folder / name
    return present, refused


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and path.name != ""


def _endings() -> str:
    return " ".join(sorted(ENDINGS))
