"""The fonts of the report, from matplotlib's wheel: DejaVu Serif, Sans and Sans Mono.

The page carries them itself, so that it looks and prints alike on every machine. Each face is cut
down to `BASIC` and what else the page says, and loses its hints and ligatures: 'fi' as one glyph
is no longer two letters for whoever searches or copies a PDF's text.

Licence: Bitstream Vera's, which allows embedding and parts of a font (`LICENSE_DEJAVU` beside
them).
"""

from __future__ import annotations

import base64
import functools
import io
import logging
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@dataclass(frozen=True, slots=True)
class Face:
    """One file of a family, as `@font-face` names it."""

    family: str
    file: str
    weight: str = "normal"
    style: str = "normal"


SERIF, SANS, MONO = "DejaVu Serif", "DejaVu Sans", "DejaVu Sans Mono"
FACES = (
    Face(SERIF, "DejaVuSerif.ttf"),
    Face(SERIF, "DejaVuSerif-Italic.ttf", style="italic"),
    Face(SERIF, "DejaVuSerif-Bold.ttf", weight="bold"),
    Face(SANS, "DejaVuSans.ttf"),
    Face(SANS, "DejaVuSans-Oblique.ttf", style="italic"),
    Face(SANS, "DejaVuSans-Bold.ttf", weight="bold"),
    Face(MONO, "DejaVuSansMono.ttf"),
)
LATIN_1 = (*range(0x20, 0x7F), *range(0xA0, 0x100))
GREEK = range(0x391, 0x3CA)
BASIC = frozenset(map(chr, (*LATIN_1, *GREEK))) | set("‐–—‘’“”…•→−×≤≥≈✗⁰⁻\u202f")
"""In every page's fonts, so that most pages have the very same ones."""


def font_faces(page: str) -> str:
    """`@font-face` rules, with the fonts in them, for a page's characters; equal text, equal rules.

    A character that DejaVu lacks is left to the browser's own fonts.
    """
    characters = BASIC | (_characters() & set(page))
    return "\n".join(_rule(face, characters) for face in FACES)


def spelled(page: str) -> str:
    """The page with each character that DejaVu lacks as its escaped code, for print."""
    return page.translate({ord(c): ascii(c)[1:-1] for c in lacking(page)})


def lacking(page: str) -> str:
    """The characters of a page that DejaVu lacks, each once and in order."""
    return "".join(sorted(c for c in set(page) - _characters() if not c.isspace()))


def _rule(face: Face, characters: frozenset[str]) -> str:
    data = base64.b64encode(_cut(face.file, characters)).decode()
    return (  # PlutoPrint reads WOFF2, but not where `format` says so
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; '
        f"font-style: {face.style}; src: url(data:font/woff2;base64,{data}); }}"
    )


@functools.cache
def _cut(file: str, characters: frozenset[str]) -> bytes:
    """A font as WOFF2 with these characters alone."""
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)  # it names every table it drops
    options = subset.Options(hinting=False, layout_features=["ccmp", "kern", "mark", "mkmk"])
    options.flavor = "woff2"
    options.recalc_timestamp = False
    font = subset.load_font(str(FONTS / file), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, characters))
    cutter.subset(font)
    written = io.BytesIO()
    subset.save_font(font, written, options)
    return written.getvalue()


@functools.cache
def _characters() -> frozenset[str]:
    """What the page's text can be printed with: every face falls back on the upright sans."""
    with TTFont(FONTS / "DejaVuSans.ttf") as font:
        return frozenset(map(chr, font.getBestCmap()))
