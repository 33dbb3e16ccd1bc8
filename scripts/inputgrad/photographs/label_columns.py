"""Which columns of a label file hold names of files and which their classes.

Programs and people call them by other words, so a header is known by its words, and a file without
one by its first row: a name and something that means a class. Where several columns mean the class
(`label`, `wnid`, `name`), they must agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inputgrad.errors import InputgradError
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import ENDINGS

# by rank: of several the first names the file, or is the class that the others must agree with
FILE_WORDS = (
    *("file", "filename", "filepath", "path", "image", "imagename", "imagepath", "imagefile"),
    *("imageid", "img", "imgname", "imgpath", "imgid"),
)
LABEL_WORDS = (
    *("label", "class", "target", "category", "labelid", "classid", "classindex", "classidx", "y"),
    *("wnid", "synset", "synsetid", "wordnetid", "predictionstring", "groundtruth"),
    *("classname", "labelname", "name"),
)


@dataclass(frozen=True)
class Columns:
    """Numbers of the columns: of the file's name, and of its class, the decisive one first."""

    file: int
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A name as written, and the class in one or more ways of saying it, empty ones left out.

    `fault` says why the row cannot be read.
    """

    name: str
    labels: tuple[str, ...]
    fault: str | None = None


def folded(word: str) -> str:
    """A column's name without case, blanks and underscores."""
    return re.sub(r"[\s_\-.]+", "", word.casefold())


def header_columns(header: list[str], below: list[str]) -> Columns | None:
    """The columns of a header; None where it does not name a file and a class.

    A column `name` is the file's where no other is and the row below it has a photograph there.

    ValueError: a column is there twice, or two columns may be the file's.
    """
    words = [folded(word) for word in header]
    files = [words.index(word) for word in FILE_WORDS if word in words]
    if not files:
        named = words.index("name") if "name" in words else len(below)
        files = [named] if named < len(below) and looks_like_a_file(below[named]) else []
    labels = [words.index(word) for word in LABEL_WORDS if word in words]
    labels = [number for number in labels if number not in files]
    if not files or not labels:
        return None
    for number in (*files, *labels):
        if words.count(words[number]) > 1:
            raise ValueError(f"has the column '{header[number]}' twice")
    if len(files) > 1 and words[files[0]] != FILE_WORDS[0]:
        names = " and ".join(f"'{header[number]}'" for number in files[:2])
        raise ValueError(f"has {names}, which may both name the file; call one of them file")
    return Columns(files[0], tuple(labels))


def rows_by(columns: Columns, rows: list[list[str]], *, width: int) -> list[Row]:
    """The rows below a header of `width` columns.

    Fields that are missing at the end are empty. A row with too many cannot be read, unless every
    row has one more than the header, as R writes its row names without a column of their own.
    """
    if rows and all(len(fields) == width + 1 for fields in rows):
        rows = [fields[1:] for fields in rows]
    found = []
    for fields in rows:
        fault = "has more fields than the header" if any(fields[width:]) else None
        fields = fields + [""] * (width - len(fields))
        labels = tuple(fields[number] for number in columns.labels if fields[number])
        found.append(Row(fields[columns.file], labels, fault))
    return found


def without_boxes(row: Row) -> Row:
    """A row of Kaggle's LOC_val_solution.csv: before the four numbers of each box its wnid."""
    words = [word for label in row.labels for word in label.split()]
    return Row(row.name, tuple(dict.fromkeys(words[::5])), row.fault)


def plain_rows(lines: list[str]) -> list[Row]:
    """Lines of a name and its label, which is the last word."""
    rows = []
    for line in lines:
        words = line.strip().rsplit(maxsplit=1)
        rows.append(Row(words[0], tuple(words[1:])))
    return rows


def looks_like_a_file(name: str) -> bool:
    """Whether a name ends as photographs do."""
    return any(name.lower().endswith(ending) for ending in ENDINGS)


def means_class(text: str) -> bool:
    """Whether a text means a class."""
    try:
        imagenet_classes().resolve(text)
    except InputgradError:
        return False
    return True
