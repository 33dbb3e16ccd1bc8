"""Where the objects of photographs are: boxes as ILSVRC 2012 and PASCAL VOC write them.

| `boxes:` | holds |
|---|---|
| a folder | one XML file a photograph, of the same name, there or in folders within |
| `LOC_val_solution.csv` | `ImageId,PredictionString`: `n01751748 111 108 441 193`, repeated |
| another CSV | the columns `file,left,top,right,bottom`, one row a box |

Boxes are in pixels of the photograph as it is shown, from its upper left corner. Objects that are
named as another class than the photograph's are left out. Without `boxes:` a validation folder's
`LOC_val_solution.csv` is read. Sources: readme.txt of ILSVRC2012_devkit_t12, section 2.3; the
competition imagenet-object-localization-challenge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from inputgrad.errors import InputgradError, PhotographError
from inputgrad.images.geometry import Box
from inputgrad.photographs import Source
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.photographs.files import printable, quoted
from inputgrad.photographs.ilsvrc2012 import photograph_name
from inputgrad.photographs.label_text import read_label_text

SOLUTION = "LOC_val_solution.csv"
CORNERS = ("left", "top", "right", "bottom")
TAGS = ("xmin", "ymin", "xmax", "ymax")

Named = tuple[str, Box]  # what an object is called, and where it is
Find = Callable[[Path, int], tuple[Box, ...]]  # of a photograph and its class


def boxes_file(source: Source) -> Path | None:
    """The file or folder that has the boxes of a source's photographs, where there is one."""
    if source.boxes is not None or source.kind != "ilsvrc2012":
        return source.boxes
    places = [p for p in (source.labels, source.path) if p is not None]
    files = [place if place.is_file() else place / SOLUTION for place in places]
    return next((file for file in files if file.name == SOLUTION and file.is_file()), None)


def finder(path: Path | None) -> Find:
    """What finds the boxes of a photograph, none where the file or folder has none of it.

    Raises:
        PhotographError: there is no such file, or it cannot be used; the finder, where the XML file
            of a photograph cannot.
    """
    if path is None:
        return _none
    if not path.exists():
        raise PhotographError(
            f"'{printable(str(path))}' given as `boxes:` does not exist; expected a folder of XML "
            f"files, {SOLUTION} or a CSV with the columns file,{','.join(CORNERS)}"
        )
    return _in_folder(path) if path.is_dir() else _in_table(path)


def _none(photograph: Path, label: int) -> tuple[Box, ...]:
    del photograph, label
    return ()


def _in_folder(folder: Path) -> Find:
    files = {photograph_name(file.stem): file for file in sorted(folder.rglob("*.xml"))}
    if not files:
        raise PhotographError(
            f"the folder '{printable(str(folder))}' given as `boxes:` holds no XML files"
        )

    def find(photograph: Path, label: int) -> tuple[Box, ...]:
        file = files.get(photograph_name(photograph.name))
        return () if file is None else _of_class(_read_xml(file), label)

    return find


def _read_xml(file: Path) -> list[Named]:
    try:
        objects = ElementTree.parse(file).getroot().findall("object")
        return [
            (str(one.findtext("name")), _box([one.findtext(f"bndbox/{tag}") for tag in TAGS]))
            for one in objects
        ]
    except (ElementTree.ParseError, ValueError, TypeError, OSError) as error:
        raise PhotographError(f"{quoted(file)}: {error}; expected boxes as in PASCAL VOC") from None


def _in_table(file: Path) -> Find:
    header, *rows = read_label_text(file, what="boxes file", key="boxes").rows
    if {"ImageId", "PredictionString"} <= set(header):
        objects = _of_solution
    elif {"file", *CORNERS} <= set(header):
        objects = _of_row
    else:
        raise PhotographError(
            f"{quoted(file)} has the columns {', '.join(header)}; expected "
            f"file,{','.join(CORNERS)} or ImageId,PredictionString"
        )
    found: dict[str, list[Named]] = {}
    for line, fields in enumerate(rows, 2):
        try:
            row = dict(zip(header, fields, strict=True))
            for name, one in objects(row):
                found.setdefault(photograph_name(name), []).append(one)
        except ValueError as error:
            raise PhotographError(f"row {line} of {quoted(file)}: {error}") from None
    return lambda photograph, label: _of_class(
        found.get(photograph_name(photograph.name), []), label
    )


def _of_solution(row: Mapping[str, str]) -> Iterator[tuple[str, Named]]:
    words = row["PredictionString"].split()
    for start in range(0, len(words), 5):
        yield row["ImageId"], (words[start], _box(words[start + 1 : start + 5]))


def _of_row(row: Mapping[str, str]) -> Iterator[tuple[str, Named]]:
    yield row["file"], ("", _box([row[corner] for corner in CORNERS]))


def _box(words: Sequence[str | None]) -> Box:
    """A box from its four numbers; ValueError where it is none."""
    if len(words) != 4 or any(word is None for word in words):
        raise ValueError(f"a box has {len(words)} numbers in place of four ({', '.join(CORNERS)})")
    left, top, right, bottom = (float(str(word)) for word in words)
    if not (left < right and top < bottom):
        raise ValueError(
            f"the box {left:g} {top:g} {right:g} {bottom:g} has no area; "
            f"expected {' '.join(CORNERS)}"
        )
    return left, top, right, bottom


def _of_class(objects: list[Named], label: int) -> tuple[Box, ...]:
    return tuple(box for name, box in objects if _means(name) in (label, None))


@cache
def _means(name: str) -> int | None:
    """Index of the class that a name means, None where it means none."""
    try:
        return imagenet_classes().resolve(name)
    except InputgradError:
        return None
