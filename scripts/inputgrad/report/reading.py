"""How the finished report reads, in numbers: sentences, captions, tables, pages.

A sentence that holds many numbers is one that nobody reads to its end. What is counted is the prose
of the main part (everything before the methods): paragraphs, lists and margins, without tables,
captions and headings. Names are no numbers: of networks, files and runs, citations, references to
figures, formulas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html.parser import HTMLParser
from typing import Any

NUMBERS_IN_A_SENTENCE = 2  # at most, in most sentences
WORDS_IN_A_CAPTION = 35
NUMBER = re.compile(r"(?<![\w.,\-])\d[\d.,]*")
SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[\W\d]?[A-Z“])")
VOID = {"meta", "link", "img", "br", "hr", "input"}
PROSE, CAPTION = {"p", "li", "dd"}, {"caption", "figcaption"}
NAMES = {"code", "bdi", "a", "script", "style"}  # their text counts as a word without a number
SKIPPED = {"kind", "made", "number", "screen"}  # classes whose text is no part of a sentence
AFTERWARDS = {"methods", "references", "more", "appendix"}  # sections that are not the main part


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its id: rows of its body, and columns."""

    name: str
    rows: int
    columns: int
    main: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the PDF: the share of its text block that is filled, and what breaks after it."""

    number: int
    fill: float
    main: bool
    before_a_part: bool


@dataclass(slots=True)
class Reading:
    """What was counted; `captions` are by the id of their figure or table.

    `lacking`: characters that the PDF's fonts lack, so that it has their codes.
    """

    sentences: list[str] = field(default_factory=list)
    captions: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    lacking: str = ""

    @property
    def crowded(self) -> list[str]:
        """Sentences of the main part with more than two numbers."""
        return [s for s in self.sentences if len(NUMBER.findall(s)) > NUMBERS_IN_A_SENTENCE]

    @property
    def long_captions(self) -> dict[str, int]:
        """Captions of more than 35 words, with their words."""
        words = {name: len(text.split()) for name, text in self.captions.items()}
        return {name: count for name, count in words.items() if count > WORDS_IN_A_CAPTION}

    @property
    def main_pages(self) -> int:
        """Pages of the main part."""
        return sum(page.main for page in self.pages)

    @property
    def hollow(self) -> list[int]:
        """Pages under half full, but for those before a part and the last."""
        inner = self.pages[:-1]
        return [p.number for p in inner if p.fill < 0.5 and not p.before_a_part]

    def to_json(self) -> str:
        """The build report as text."""
        plain: dict[str, Any] = {
            "sentences": len(self.sentences),
            "sentences of more than two numbers": self.crowded,
            "captions of more than 35 words": self.long_captions,
            "pages": len(self.pages),
            "pages of the main part": self.main_pages,
            "pages under half full": self.hollow,
            "characters that the PDF has as codes": self.lacking,
            "fill of every page": [round(page.fill, 2) for page in self.pages],
            "tables": [asdict(table) for table in self.tables],
        }
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"


def read_page(html: str) -> Reading:
    """Count a page's sentences, captions and tables; the pages of its PDF are not known yet."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.reading


def pages_of(
    fills: Sequence[float], anchors: Mapping[str, int], *, parts: Sequence[str]
) -> list[Page]:
    """The pages of a PDF.

    fills: share of each page's text block that is filled. anchors: id -> its page, from 1.
    parts: ids of what begins on a page of its own.
    """
    methods = anchors.get("methods", len(fills))
    starts = {anchors[part] for part in parts if part in anchors}
    return [
        Page(number, fill, number < methods, number + 1 in starts)
        for number, fill in enumerate(fills, start=1)
    ]


class _Reader(HTMLParser):
    """Keeps the open elements, and collects the text of prose and captions."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = Reading()
        self._open: list[tuple[str, dict[str, str]]] = []
        self._text: list[str] = []
        self._rows = self._columns = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        self._open.append((tag, {name: value or "" for name, value in attrs}))
        if tag in PROSE | CAPTION:
            self._text = []
        if tag == "table":
            self._rows = self._columns = 0
        if tag == "tr" and self._inside("tbody"):
            self._rows += 1
        if tag in ("td", "th") and self._rows == 1:
            self._columns += 1
        if tag in NAMES and self._inside(*PROSE, *CAPTION) and not self._skipped():
            self._text.append(" name ")

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._text).split())
        if tag in CAPTION and text:
            self.reading.captions[self._id()] = text
        elif tag in PROSE and text and self._main() and not self._inside("table", "nav", "figure"):
            self.reading.sentences += SENTENCE.split(text)
        if tag in PROSE | CAPTION:
            self._text = []
        if tag == "table" and not self._skipped():
            table = Table(self._id(), self._rows, self._columns, self._main())
            self.reading.tables.append(table)
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._inside(*PROSE, *CAPTION) and not self._inside(*NAMES) and not self._skipped():
            self._text.append(data)

    def _inside(self, *tags: str) -> bool:
        return any(tag in tags for tag, _ in self._open)

    def _skipped(self) -> bool:
        return any(SKIPPED & set(a.get("class", "").split()) for _, a in self._open)

    def _main(self) -> bool:
        return not any(a.get("id") in AFTERWARDS for _, a in self._open)

    def _id(self) -> str:
        """The id of the innermost element that has one, which is not a caption's."""
        named = (a["id"] for tag, a in reversed(self._open) if "id" in a and tag not in CAPTION)
        return next(named, "")
