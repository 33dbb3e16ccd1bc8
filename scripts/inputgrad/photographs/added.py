"""`make add`: copy new photographs into the project's own folder, with their labels.

The copies and one `labels.csv` make up a folder that the source `folder` reads. A folder that holds
photographs already stays as it is: rows are added to its label file in that file's own columns,
dialect and encoding, and where class folders say what photographs show, copies go into those. A
photograph is known by its bytes, so adding the same folder twice adds nothing the second time.
Photographs are copied first, the label file is renamed into place last: if copying is interrupted,
adding again completes it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.files import write_bytes
from inputgrad.photographs import Listing, Photograph, Refused
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import entries, image_id, is_folder, read_bytes
from inputgrad.photographs.folder import LABELS, list_photographs
from inputgrad.photographs.label_columns import LABEL_WORDS, folded, header_columns
from inputgrad.photographs.label_text import LabelText, read_label_text
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
    by_folders = _by_class_folders(into)
    for entry in fresh:
        if entry.image_id not in there:
            place = into / imagenet_classes().wnid(entry.label) if by_folders else into
            added.append(Photograph(_copy(entry, place), entry.label))
        elif there[entry.image_id] != entry.label:
            was = there[entry.image_id]
            reason = f"exists already with the label {was}, not {entry.label}: edit {LABELS}"
            refused.append(Refused(entry.path, reason))
    if added and not by_folders:
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
    """Photographs of the project's folder; none where there is no folder, or nothing in it."""
    if not into.is_dir() or not any(entries(into)):
        return []
    return _hashed(list_photographs(path=into, labels=None))[0]


def _by_class_folders(into: Path) -> bool:
    """Whether folders, and no label file, say what the photographs show."""
    if not into.is_dir() or (into / LABELS).is_file():
        return False
    return any(is_folder(entry) for entry in entries(into))


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
    """Append rows to the label file, in its own form, by renaming a new one into place."""
    if not file.is_file():
        write_bytes(file, (",".join(COLUMNS) + "\n").encode())
    text, data = read_label_text(file), file.read_bytes()
    lines = io.StringIO()
    if text.delimiter is None:
        lines.writelines(f"{one.path.name} {one.label}\n" for one in sorted(added))
    else:
        csv.writer(
            lines,
            delimiter=text.delimiter,
            quotechar=text.quote,
            quoting=csv.QUOTE_ALL if text.delimiter == " " else csv.QUOTE_MINIMAL,
            lineterminator="\n",
        ).writerows(_rows(sorted(added), text))
    new = lines.getvalue()
    if text.encoding == "utf-16":
        order = "utf-16-le" if data.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
        before = data.decode("utf-16").rstrip("\r\n") + "\n"
        write_bytes(file, data[:2] + (before + new).encode(order))
    else:
        write_bytes(file, data.rstrip(b"\r\n") + b"\n" + new.encode("utf-8", "surrogateescape"))


def _rows(added: list[Photograph], text: LabelText) -> Iterator[list[str]]:
    """What the columns of a label file say of photographs; "" where they ask for another thing.

    Of rows that have a field more than the header, the first is their name, which R numbers.
    """
    header, *below = text.rows
    columns = header_columns(header, below[0] if below else [])
    numbered = bool(below) and all(len(fields) == len(header) + 1 for fields in below)
    classes = imagenet_classes()
    for number, photograph in enumerate(added, start=len(text.rows)):
        if columns is None:
            yield [photograph.path.name, str(photograph.label)]
            continue
        said = dict.fromkeys(LABEL_WORDS, str(photograph.label))
        said |= dict.fromkeys(("wnid", "synset", "synsetid"), classes.wnid(photograph.label))
        said |= dict.fromkeys(("name", "classname", "labelname"), classes.name(photograph.label))
        row = [said.get(folded(column), "") for column in header]
        row[columns.file] = photograph.path.name
        yield [str(number), *row] if numbered else row
