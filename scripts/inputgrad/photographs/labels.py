"""Label files: the class of each file name.

    file,label                                  a CSV with these columns, or words of the same
                                                meaning (`label_columns`); others are ignored
    ImageId,PredictionString                    Kaggle's LOC_val_solution.csv: wnid, then boxes
    ILSVRC2012_val_00000001.JPEG 65             lines without a header; the label comes last
    n01751748                                   a label a line, in the order of the photographs

A label is a class index 0..999 in torchvision's order, a wnid, or a name (`classes.resolve`). How
text is encoded and separated is the matter of `label_text`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import InputgradError, PhotographError
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import printable, quoted
from inputgrad.photographs.label_columns import (
    Columns,
    Row,
    folded,
    header_columns,
    looks_like_a_file,
    means_class,
    plain_rows,
    rows_by,
    without_boxes,
)
from inputgrad.photographs.label_text import LabelText, read_label_text

WNID = re.compile(r"n\d{8}")
MAX_UNKNOWN = 20  # distinct labels that name no class; with more, it is hardly a label file


@dataclass(frozen=True)
class Labels:
    """Content of a label file: class indices by name, and why others have none."""

    by_name: dict[str, int]
    refused: dict[str, str]


def read_labels(path: Path, *, key: Callable[[str], str] = str) -> Labels:
    """Read a label file that names its photographs.

    Args:
        path: the label file.
        key: turns a name as written into the name by which it is looked up.

    Raises:
        PhotographError: the file cannot be read, is empty, is no list of names and classes, or
            more than `MAX_UNKNOWN` different labels in it mean no class.
    """
    return resolve_labels(_rows(path, read_label_text(path)), file=path, key=key)


def resolve_labels(rows: Iterable[Row], *, file: Path, key: Callable[[str], str]) -> Labels:
    """Look up the class of each row; `file` is named in messages.

    Raises:
        PhotographError: more than `MAX_UNKNOWN` different labels mean no class.
    """
    by_name: dict[str, int] = {}
    refused: dict[str, str] = {}
    meanings = _Meanings(file)
    for row in rows:
        name, found = key(row.name), meanings.of(row)
        if isinstance(found, str):
            refused[name] = found
        elif by_name.setdefault(name, found) != found:
            refused[name] = f"has two labels in {quoted(file)}: {by_name[name]} and {found}"
    return Labels({name: i for name, i in by_name.items() if name not in refused}, refused)


def is_ordered_list(text: LabelText) -> bool:
    """Whether a label file has one word a line, and so names no files."""
    return text.delimiter is None and all(len(line.split()) == 1 for line in text.lines)


class _Meanings:
    """Class indices by label text, each text looked up once; stops at too many unknown ones."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, int] = {}
        self.unknown: dict[str, str] = {}

    def of(self, row: Row) -> int | str:
        """The class that a row means, or why it means none."""
        if row.fault:
            return f"{row.fault} in its row of {quoted(self.file)}"
        first = row.labels[0] if row.labels else ""
        if not self._is_known(first):
            self._stop_at_too_many()
            return self.unknown[first]
        for label in row.labels[1:]:
            if not self._is_known(label):
                if WNID.fullmatch(label):
                    return self.unknown[label]
            elif self.known[label] != self.known[first]:
                return (
                    f"has the labels '{printable(first)}' ({self._named(first)}) and "
                    f"'{printable(label)}' ({self._named(label)}) in one row of "
                    f"{quoted(self.file)}; correct one"
                )
        return self.known[first]

    def _named(self, label: str) -> str:
        index = self.known[label]
        return f"{index}, {imagenet_classes().name(index)}"

    def _is_known(self, text: str) -> bool:
        if text not in self.known and text not in self.unknown:
            try:
                self.known[text] = imagenet_classes().resolve(text)
            except InputgradError as error:
                self.unknown[text] = str(error)
        return text in self.known

    def _stop_at_too_many(self) -> None:
        if len(self.unknown) > MAX_UNKNOWN:
            first = next(iter(self.unknown.values()))
            raise PhotographError(
                f"the label file {quoted(self.file)} has more than {MAX_UNKNOWN} different labels "
                f"that mean no class; is its label column the right one? The first: {first}"
            )


def _rows(path: Path, text: LabelText) -> list[Row]:
    try:
        columns = header_columns(text.rows[0], text.rows[1] if text.rows[1:] else [])
    except ValueError as error:
        raise PhotographError(f"the label file {quoted(path)} {error}") from error
    if columns is not None:
        rows = rows_by(columns, text.rows[1:], width=len(text.rows[0]))
        boxes = "predictionstring" in map(folded, text.rows[0])
        return [without_boxes(row) for row in rows] if boxes else rows
    if text.delimiter and _is_row(text.rows[0][0], text.rows[0][-1]):
        return [Row(fields[0], (fields[-1],)) for fields in text.rows]
    first = plain_rows(text.lines[:1])[0]
    if _is_plain_header(first):
        return plain_rows(text.lines[1:])
    if first.labels and _is_row(first.name, first.labels[0]):
        return plain_rows(text.lines)
    raise PhotographError(
        f"the label file {quoted(path)} begins with '{printable(text.lines[0].strip()[:80])}'; "
        "expected the columns file,label, or lines of a file name and its label"
    )


def _is_plain_header(first: Row) -> bool:
    """Whether the first of plain lines names its two columns, the file's first."""
    columns = header_columns([first.name, *first.labels], [])
    return columns == Columns(0, (1,))


def _is_row(name: str, label: str) -> bool:
    """Whether this is a photograph and its class, and not a header or something else."""
    return means_class(label) or (looks_like_a_file(name) and bool(label))
