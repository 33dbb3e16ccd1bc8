"""The PDF: WeasyPrint where the system has Pango, PlutoPrint elsewhere.

WeasyPrint gives running heads, page numbers in the contents, bookmarks and tags; it loads Pango
at import and dies there without it, so `probe` looks for the libraries first. PlutoPrint's wheel
carries its own libraries and prints the same pages without those four. Neither writes a clock
time: the document's identifier is a hash of the HTML, PlutoPrint's date a constant. Neither sees a
font or a setting of the machine's fontconfig: all fonts are in the page.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from ctypes.util import find_library
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from inputgrad.errors import ConfigError
from inputgrad.files import replacing
from inputgrad.report.fonts import FONTS, spelled

# Library -> the names under which WeasyPrint looks for it (weasyprint/text/ffi.py).
NEEDED = {
    "gobject": ("gobject-2.0-0", "gobject-2.0", "libgobject-2.0.so.0", "libgobject-2.0.dylib"),
    "pango": ("pango-1.0-0", "pango-1.0", "libpango-1.0.so.0", "libpango-1.0.dylib"),
    "harfbuzz": ("harfbuzz", "harfbuzz-0.0", "libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    "fontconfig": ("fontconfig-1", "fontconfig", "libfontconfig.so.1", "libfontconfig.1.dylib"),
    "pangoft2": ("pangoft2-1.0-0", "pangoft2-1.0", "libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
}
INSTALL = {  # package manager -> the line that installs Pango, in the order in which we look
    "apt-get": "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
    "dnf": "sudo dnf install pango",
    "pacman": "sudo pacman -S pango",
    "apk": "sudo apk add pango",
    "brew": "brew install pango",
    "conda": "conda install -c conda-forge pango",
}
ELSEWHERE = "install Pango, see https://doc.courtbouillon.org/weasyprint/stable/first_steps.html"
FIXED_DATE = "2000-01-01T00:00:00Z"  # PlutoPrint always writes a date; this one says nothing
BASE = "file:///report.html"  # PlutoPrint needs some address to make links within the document of
ENGINES = ("weasyprint", "plutoprint")
FONTCONFIG = "FONTCONFIG_FILE"  # the environment variable by which fontconfig finds its settings


@dataclass(frozen=True, slots=True)
class Engine:
    """What prints the PDF; `remedy` is the line that gives the better one, None if this is it."""

    name: str
    remedy: str | None = None

    @property
    def version(self) -> str:
        """Name and version, for the provenance."""
        return f"{self.name} {version(self.name)}"


def probe() -> Engine:
    """The best engine of this machine, found without importing either."""
    if all(_loads(names) for names in NEEDED.values()):
        return Engine("weasyprint")
    managers = [line for manager, line in INSTALL.items() if shutil.which(manager)]
    return Engine("plutoprint", managers[0] if managers else ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Printed:
    """What WeasyPrint knows of its pages: the filled share of each, and the page of every id."""

    fills: tuple[float, ...] = ()
    anchors: Mapping[str, int] = field(default_factory=dict)


def write_pdf(html: str, path: Path, *, engine: str, title: str) -> Printed:
    """Print a self-contained HTML document on A4 pages; equal HTML gives equal bytes.

    Returns what is known of the pages: nothing, where PlutoPrint printed them.

    `engine` is one of `ENGINES`, as `probe` names it; ConfigError for another. A character that
    the page's fonts lack is printed as its code.
    """
    if engine not in ENGINES:
        raise ConfigError(f"unknown PDF engine {engine!r}; known: {', '.join(ENGINES)}")
    with replacing(path) as temporary, _no_fonts_of_the_machine():
        if engine == "weasyprint":
            return _weasyprint(blanks_apart(spelled(html)), temporary)
        _plutoprint(spelled(html), temporary, title)
        return Printed()


@contextmanager
def _no_fonts_of_the_machine() -> Iterator[None]:
    """Fontconfig with matplotlib's fonts and no rule: a user's could put any font before ours.

    The page has all the fonts that it needs, but without another one PlutoPrint prints no text.
    """
    before = os.environ.get(FONTCONFIG)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fonts.conf"
        places = f"<dir>{escape(str(FONTS))}</dir><cachedir>{escape(folder)}</cachedir>"
        file.write_text(f"<fontconfig>{places}</fontconfig>", encoding="utf-8")
        os.environ[FONTCONFIG] = str(file)
        try:
            yield
        finally:
            del os.environ[FONTCONFIG]
            if before is not None:
                os.environ[FONTCONFIG] = before


def blanks_apart(html: str) -> str:
    """The page with the blank before an element as a text of its own.

    WeasyPrint ends a line after one word where what is left of a text fits, but not with the blank
    at its end.
    """
    return re.sub(r"(?<=[^\s>]) (?=<[a-z])", "<span> </span>", html)


def _weasyprint(html: str, path: Path) -> Printed:
    import weasyprint

    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    identifier = hashlib.sha256(html.encode()).digest()[:16]
    document = weasyprint.HTML(string=html, media_type="print").render(pdf_tags=True)
    document.write_pdf(path, pdf_identifier=identifier, pdf_tags=True)
    anchors: dict[str, int] = {}
    for number, page in enumerate(document.pages, start=1):
        for name in page.anchors:  # a box that is broken over pages has its anchor on each
            anchors.setdefault(name, number)
    return Printed(tuple(_fill(page) for page in document.pages), anchors)


def _fill(page: Any) -> float:
    """How far down the text block of a page its lowest line or picture reaches, 0 to 1."""
    box = page._page_box
    content = [b for child in box.children for b in _descendants(child) if _is_content(b)]
    lowest = max((b.position_y + b.height for b in content), default=box.content_box_y())
    return float(min(1.0, max(0.0, (lowest - box.content_box_y()) / box.height)))


def _descendants(box: Any) -> Iterator[Any]:
    if type(box).__name__ == "MarginBox":
        return
    yield box
    for child in getattr(box, "children", ()):
        yield from _descendants(child)


def _is_content(box: Any) -> bool:
    return type(box).__name__ in ("LineBox", "BlockReplacedBox", "InlineReplacedBox")


def _plutoprint(html: str, path: Path, title: str) -> None:
    import plutoprint

    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, media=plutoprint.MEDIA_TYPE_PRINT)
    book.load_html(html, base_url=BASE)
    book.set_metadata(plutoprint.PDF_METADATA_TITLE, title)
    book.set_metadata(plutoprint.PDF_METADATA_CREATION_DATE, FIXED_DATE)
    book.set_metadata(plutoprint.PDF_METADATA_MODIFICATION_DATE, FIXED_DATE)
    book.write_to_pdf(str(path))


def _loads(names: tuple[str, ...]) -> bool:
    """Whether one of a library's names can be loaded, by the loader or by the linker's search."""
    for name in names:
        for candidate in (name, find_library(name)):
            with suppress(OSError):
                if candidate:
                    ctypes.CDLL(candidate)
                    return True
    return False
