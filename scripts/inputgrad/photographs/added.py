"""`make add`: copy new photographs into the project's own folder, with their labels.

The copies and one `labels.csv` make up a folder that the source `folder` reads. A photograph is
known by its bytes, so adding the same folder twice adds nothing the second time. Photographs are
copied first, the label file is renamed into place last: if copying is interrupted, adding
again completes it.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.files import write_bytes
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import image_id, read_bytes
from inputgrad.photographs.folder import LABELS, list_photographs
from inputgrad.photographs.labels import read_lines
from inputgrad.photographs.reading import identify
from inputgrad.photographs.sampling import Entry, distinct

COLUMNS = ("file", "label", "wnid", "name")


@dataclass(frozen=True)
class AddReport:
    """What became of every photograph that was offered.

    `added` are the copies; `duplicates` the files whose bytes were there already, under the same
    label; `refused` the files that were left out, each with the reason.
    """

    added: tuple[Photograph, ...]
    duplicates: tuple[Path, ...]
    refused: tuple[Refused, ...]


def add_photographs(folder: Path, labels: Path | None, *, into: Path) -> AddReport:
    """Copy the photographs of a folder, as the source `folder` lists them, to `into`.

    Args:
        folder: photographs with a labels.csv, or one subfolder per class.
        labels: a label file elsewhere, or None.
        into: the project's folder; created if needed.

    Raises:
        PhotographError: `folder` or its labels are missing, empty or unusable as a whole; nothing
            has been copied then.
    """
    offered, unreadable = _hashed(list_photographs(path=folder, labels=labels))
    there = {entry.image_id: entry.label for entry in _already(into)}
    fresh, _, contradictions = distinct(offered)
    refused = [*unreadable, *contradictions]
    added: list[Photograph] = []
    for entry in fresh:
        if entry.image_id not in there:
            added.append(Photograph(_copy(entry, into), entry.label))
        elif there[entry.image_id] != entry.label:
            was = there[entry.image_id]
            reason = f"exists already with the label {was}, not {entry.label}: edit {LABELS}"
            refused.append(Refused(entry.path, reason))
    if added:
        _add_labels(into / LABELS, added)
    kept_out = {photograph.path for photograph in refused}
    copied = {entry.path for entry in fresh if entry.image_id not in there}
    duplicates = [e.path for e in offered if e.path not in kept_out and e.path not in copied]
    return AddReport(tuple(sorted(added)), tuple(sorted(duplicates)), tuple(sorted(refused)))


def _hashed(listing: Listing) -> tuple[list[Entry], list[Refused]]:
    hashed: list[Entry] = []
    refused = list(listing.refused)
    for photograph in listing.photographs:
        try:
            key = identify(photograph.path).stored
        except PhotographError as error:
            refused.append(Refused(photograph.path, str(error)))
        else:
            hashed.append(Entry(key, photograph.label, photograph.path, "folder"))
    return hashed, refused


def _already(into: Path) -> list[Entry]:
    if not (into / LABELS).is_file():
        return []
    return _hashed(list_photographs(path=into, labels=None))[0]


def _copy(entry: Entry, into: Path) -> Path:
    """Copy under the file's own name made safe, with its identity appended if that is taken."""
    stem = re.sub(r"[^\w.-]+", "_", entry.path.stem).strip(".-_")[:50] or "photograph"
    ending = re.sub(r"[^\w.]+", "_", entry.path.suffix.lower())[:10]
    data = read_bytes(entry.path)
    target = into / f"{stem}{ending}"
    if target.exists() and image_id(target.read_bytes()) != entry.image_id:
        target = into / f"{stem}-{entry.image_id}{ending}"
    write_bytes(target, data)
    return target


def _add_labels(file: Path, added: list[Photograph]) -> None:
    """Append rows to the label file, in its own columns, by renaming a new one into place."""
    lines = read_lines(file) if file.is_file() else [",".join(COLUMNS) + "\n"]
    columns = [column.strip() for column in lines[0].split(",")]
    classes = imagenet_classes()
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    for path, label in ((photograph.path, photograph.label) for photograph in sorted(added)):
        values = (path.name, label, classes.wnid(label), classes.name(label))
        row = dict(zip(COLUMNS, values, strict=True))
        writer.writerow({column: row.get(column.casefold()) for column in columns})
    before = "".join(lines).rstrip("\r\n") + "\n"
    write_bytes(file, (before + text.getvalue()).encode("utf-8", "surrogateescape"))
