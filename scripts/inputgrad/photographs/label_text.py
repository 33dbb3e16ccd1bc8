"""From a label file's bytes to its rows, in the encodings and dialects that programs write.

Text is UTF-8, with or without a byte order mark, or UTF-16 with one, as spreadsheets call
"Unicode text". Bytes that are no UTF-8 become surrogates, since file names may hold such bytes.
Fields are separated by commas, semicolons, tabs or bars, whichever the first line has most of, or
by blanks where every field of it is quoted, as R writes tables. A file of plain lines has none of
them there. Quotes are double, or single where the first line begins with one.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from inputgrad.errors import PhotographError
from inputgrad.photographs.files import printable, quoted

DELIMITERS = (",", ";", "\t", "|")
FORMATS = {  # how files that are no text begin
    b"\x1f\x8b": "compressed by gzip; unpack it",
    b"PK\x03\x04": "a spreadsheet or another zip archive; save it as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; save it as CSV in UTF-8",
    b"%PDF": "a PDF; save its table as CSV in UTF-8",
}
ALL_QUOTED = re.compile(r"""(["'])[^"']*\1( +\1[^"']*\1)+ *""")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class LabelText:
    """A label file as text.

    Attributes:
        lines: those that are not blank, without their ends.
        rows: the fields of each, without blanks around them.
        delimiter: what separates them; None of plain lines, which have one field.
        quote: what a field is put in where it holds a delimiter.
        encoding: of the file, as Python names it.
    """

    lines: list[str]
    rows: list[list[str]]
    delimiter: str | None
    quote: str
    encoding: str


def read_label_text(path: Path, *, what: str = "label file", key: str = "labels") -> LabelText:
    """Read a label file, or another table of the same dialects.

    Args:
        path: the file.
        what: what messages call it.
        key: what names it in the configuration.

    Raises:
        PhotographError: it does not exist, cannot be read, is no text or no valid CSV, or holds
            nothing.
    """
    data = _bytes(path, what=what, key=key)
    encoding = "utf-16" if data.startswith(UTF16) else "utf-8-sig"
    try:
        text = data.decode(encoding, "surrogateescape" if encoding != "utf-16" else "strict")
    except UnicodeDecodeError as error:
        raise PhotographError(
            f"the {what} {quoted(path)} is damaged UTF-16 text; save it as UTF-8"
        ) from error
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
    first = next((line for line in lines if line.strip()), "")
    quote = "'" if first.startswith("'") else '"'
    delimiter = _delimiter(first, quote)
    try:
        rows = [[line] for line in lines]
        if delimiter:
            file = io.StringIO(text, newline="")
            rows = [*csv.reader(file, delimiter=delimiter, quotechar=quote, strict=True)]
    except csv.Error as error:
        raise PhotographError(f"the {what} {quoted(path)} is no valid CSV: {error}") from error
    rows = [[field.strip() for field in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise PhotographError(f"the {what} '{printable(str(path))}' is empty")
    return LabelText([line for line in lines if line.strip()], rows, delimiter, quote, encoding)


def _bytes(path: Path, *, what: str, key: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotographError(
            f"the {what} '{printable(str(path))}' cannot be read: {error.strerror}; "
            f"correct `{key}:` under `images: sources:`"
        ) from error
    for start, found in FORMATS.items():
        if data.startswith(start):
            raise PhotographError(f"the {what} {quoted(path)} is {found}")
    if not data.startswith(UTF16) and data[1:2] == b"\0":
        raise PhotographError(
            f"the {what} {quoted(path)} looks like UTF-16 text without its mark; save it as UTF-8"
        )
    return data


def _delimiter(line: str, quote: str) -> str | None:
    """What separates the fields of a line; of equals the first of `DELIMITERS`."""
    if ALL_QUOTED.fullmatch(line):
        return " "
    counts = {
        d: len(next(csv.reader([line], delimiter=d, quotechar=quote), [])) for d in DELIMITERS
    }
    best = max(DELIMITERS, key=lambda d: counts[d])
    return best if counts[best] > 1 else None
