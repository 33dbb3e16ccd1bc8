"""Label files: the class of each file name.

Three forms are read, all of them text in UTF-8 (a byte order mark is allowed):

    file,label                                  a CSV with these columns; others are ignored
    ImageId,PredictionString                    Kaggle's LOC_val_solution.csv: wnid, then boxes
    ILSVRC2012_val_00000001.JPEG 65             plain lines; the label is the last word

A label is a class index 0..999 in torchvision's order, a wnid, or a name (`classes.resolve`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inputgrad.errors import InputgradError, PhotographError
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import printable, quoted

MAX_UNKNOWN = 20  # distinct labels that name no class; with more, it is hardly a label file


@dataclass(frozen=True)
class Labels:
    """Content of a label file: class indices by file name, and why others have none."""

    by_file: dict[str, int]
    refused: dict[str, str]


def read_labels(path: Path, *, key: Callable[[str], str] | None = None) -> Labels:
    """Read any of the three forms.

    Args:
        path: the label file; its first line decides the form.
        key: turns a file name as written into the name by which it is looked up; by default the
            path in its shortest form ('./a//b.jpg' is 'a/b.jpg').

    Raises:
        PhotographError: the file cannot be read, is empty, lacks the columns, or more than
            `MAX_UNKNOWN` different labels in it mean no class.
    """
    return resolve_labels(_rows(path, read_lines(path)), file=path, key=key or _shortest)


def resolve_labels(
    rows: Iterable[tuple[str, str]], *, file: Path, key: Callable[[str], str]
) -> Labels:
    """Look up the class of each (file name, label text); `file` is named in messages.

    Raises:
        PhotographError: more than `MAX_UNKNOWN` different labels mean no class.
    """
    by_file: dict[str, int] = {}
    refused: dict[str, str] = {}
    meanings = _Meanings(file)
    for written, text in rows:
        name, index = key(written), meanings.index(text)
        if index is None:
            refused[name] = meanings.unknown[text]
        elif by_file.setdefault(name, index) != index:
            refused[name] = f"has two labels in {quoted(file)}: {by_file[name]} and {index}"
    return Labels({name: i for name, i in by_file.items() if name not in refused}, refused)


class _Meanings:
    """Class indices by label text, each text looked up once; stops at too many unknown ones."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, int] = {}
        self.unknown: dict[str, str] = {}

    def index(self, text: str) -> int | None:
        if text in self.known or text in self.unknown:
            return self.known.get(text)
        try:
            self.known[text] = imagenet_classes().resolve(text)
        except InputgradError as error:
            self.unknown[text] = str(error)
            self._stop_at_too_many()
        return self.known.get(text)

    def _stop_at_too_many(self) -> None:
        if len(self.unknown) > MAX_UNKNOWN:
            first = next(iter(self.unknown.values()))
            raise PhotographError(
                f"the label file {quoted(self.file)} has more than {MAX_UNKNOWN} different labels "
                f"that mean no class; is its label column the right one? The first: {first}"
            )


def read_lines(path: Path) -> list[str]:
    """Read a label file's lines with their ends; bytes that are no UTF-8 become surrogates.

    Raises:
        PhotographError: the file does not exist, cannot be read, or holds nothing.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            lines = file.readlines()
    except OSError as error:
        raise PhotographError(
            f"the label file '{printable(str(path))}' cannot be read: {error.strerror}; "
            "correct `labels:` under `images: sources:`"
        ) from error
    if not any(line.strip() for line in lines):
        raise PhotographError(f"the label file '{printable(str(path))}' is empty")
    return lines


def _rows(path: Path, lines: list[str]) -> list[tuple[str, str]]:
    columns = [column.strip().casefold() for column in lines[0].split(",")]
    try:
        if {"file", "label"} <= set(columns):
            return _columns(lines, columns, "file", "label")
        if {"imageid", "predictionstring"} <= set(columns):
            rows = _columns(lines, columns, "imageid", "predictionstring")
            return [(file, boxes.split(maxsplit=1)[0] if boxes else "") for file, boxes in rows]
    except csv.Error as error:
        raise PhotographError(f"the label file {quoted(path)} is no valid CSV: {error}") from error
    if "," in lines[0] or len(lines[0].split()) < 2:
        raise PhotographError(
            f"the label file {quoted(path)} begins with '{printable(lines[0].strip()[:80])}'; "
            "expected the columns file,label, or lines of a file name and its label"
        )
    return [(file, label) for file, label in map(_last_word, lines) if file or label]


def _columns(lines: list[str], columns: list[str], file: str, label: str) -> list[tuple[str, str]]:
    rows = csv.DictReader(lines[1:], fieldnames=columns, restval="", strict=True)
    return [(row[file], row[label].strip()) for row in rows]


def _last_word(line: str) -> tuple[str, str]:
    words = line.strip("\r\n").rsplit(maxsplit=1)
    return (words[0], words[1]) if len(words) == 2 else ("".join(words), "")


def _shortest(name: str) -> str:
    return str(PurePosixPath(name))
