"""What the one HTML file carries inside it: figures, pictures and rows as data URIs and attributes.

A figure stays in an `img` element, where an SVG can run no script, load nothing and share no
identifier with another one. Beside the figures are what the page's controls work on: pairs and
films of pictures, and the files of `data/` that are small enough, each the very bytes of the file.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.errors import StoreError

MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
INDEX = "figures.json"
NATIVE, NATIVE_INDEX = "native", "native.json"  # the folder beside the languages' figures
MOST_ROW_BYTES = 1_000_000  # of all embedded tables, packed
PACKING = 16  # a table whose text is so many times larger than what is allowed is not tried
PART = 1 << 20  # bytes of a file that are read at a time
CLASS_COLUMNS = ("label", "class_index")


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure; `facts` are the numbers that its caption and alternative text may use."""

    name: str
    source: str
    width_px: int
    height_px: int
    n: int
    facts: Mapping[str, Any]

    @property
    def is_chart(self) -> bool:
        """Whether it is drawn in lines, and no picture."""
        return self.source.startswith(f"data:{MEDIA_TYPES['.svg']}")

    @property
    def n_is_exact(self) -> bool:
        """Whether every part has `n` cases: of a picture, and of a chart whose facts say so."""
        return not self.is_chart or set(_numbers_of_cases(self.facts)) == {self.n}


def _numbers_of_cases(facts: Mapping[str, Any], *, inside: bool = False) -> Iterator[Any]:
    """Every `n` in the facts; below a mapping of that name all values are such."""
    for key, fact in facts.items():
        if isinstance(fact, Mapping):
            yield from _numbers_of_cases(fact, inside=key == "n")
        elif inside or key == "n":
            yield fact


@dataclass(frozen=True, slots=True)
class Pair:
    """A photograph and its adversarial image in one network, `side` pixels wide, as PNG."""

    model: str
    run: str
    image_id: str
    side: int
    plain: str
    altered: str


@dataclass(frozen=True, slots=True)
class Film:
    """A class visualisation in one network: iteration -> the image after it."""

    model: str
    class_index: int
    side: int
    frames: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A file of `data/`, packed by gzip; `classes` are those that its rows name."""

    table: str
    packed: str
    classes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Controlled:
    """What the page's controls work on; each may be empty."""

    pairs: tuple[Pair, ...] = ()
    films: tuple[Film, ...] = ()
    rows: tuple[Rows, ...] = ()


def load_controlled(figures: Path, data: Iterable[Path]) -> Controlled:
    """Pairs and films that `draw_figures` left in its folder, and the rows of these CSV files."""
    folder = figures / NATIVE
    index = folder / NATIVE_INDEX
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))
        pairs = tuple(_pair(entry, folder) for entry in listed["pairs"])
        films = tuple(_film(entry, folder) for entry in listed["films"])
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"{index}: expected the list of pictures that draw_figures writes ({error}); "
            f"remove {figures} and run again"
        ) from error
    return Controlled(pairs, films, small_files(data))


def small_files(data: Iterable[Path], most: int = MOST_ROW_BYTES) -> tuple[Rows, ...]:
    """The files in their order, from the smallest on as many as fit `most` bytes together.

    Files without a row are left out.
    """
    files = {path: path.read_bytes() for path in data if _fits(path, most)}
    packed = {path: gzip.compress(text, mtime=0) for path, text in files.items()}
    kept = set()
    for path in sorted(files, key=lambda path: (len(packed[path]), path.stem)):
        if files[path].count(b"\n") > 1 and len(packed[path]) <= most:
            most -= len(packed[path])
            kept.add(path)
    return tuple(_rows(path, files[path], packed[path]) for path in files if path in kept)


def _fits(path: Path, most: int) -> bool:
    """Whether a file packs into so many bytes; one that does not is read no further than that."""
    if path.stat().st_size > PACKING * most:
        return False
    packer, size = zlib.compressobj(9), 0  # as gzip packs
    with path.open("rb") as file:
        while size <= most and (part := file.read(PART)):
            size += len(packer.compress(part))
    return size <= most


def load_figures(folder: Path) -> dict[str, Figure]:
    """Figures by name, as `draw_figures` lists them in `figures.json`, without its null entries."""
    index = folder / INDEX
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))
        return {name: _figure(name, entry, folder) for name, entry in listed.items() if entry}
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(
            f"{index}: expected the list of figures that draw_figures writes ({error}); "
            "remove the folder and run again"
        ) from error


def data_uri(path: Path) -> str:
    """A picture's bytes as a URI; KeyError for a type that is no picture of ours."""
    kind = MEDIA_TYPES[path.suffix.lower()]
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def script_hash(script: str) -> str:
    """The script's hash as a Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _figure(name: str, entry: Mapping[str, Any], folder: Path) -> Figure:
    return Figure(
        name,
        data_uri(folder / entry["file"]),
        int(entry["width_px"]),
        int(entry["height_px"]),
        int(entry["n"]),
        entry["facts"],
    )


def _pair(entry: Mapping[str, Any], folder: Path) -> Pair:
    return Pair(
        entry["model"],
        entry["run"],
        entry["image_id"],
        int(entry["side"]),
        data_uri(folder / entry["plain"]),
        data_uri(folder / entry["altered"]),
    )


def _film(entry: Mapping[str, Any], folder: Path) -> Film:
    frames = {int(f["iteration"]): data_uri(folder / f["file"]) for f in entry["frames"]}
    return Film(entry["model"], int(entry["class_index"]), int(entry["side"]), frames)


def _rows(path: Path, text: bytes, packed: bytes) -> Rows:
    classes = {
        int(row[column])
        for row in csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""))
        for column in CLASS_COLUMNS
        if row.get(column)
    }
    return Rows(path.stem, base64.b64encode(packed).decode(), frozenset(classes))
