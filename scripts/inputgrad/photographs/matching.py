"""Which file a name in a label file means.

Label files travel: they are written on systems that separate folders by backslashes, that do not
tell capitals from small letters, or that decompose umlauts; they carry the folders of the machine
where they were made, or leave out endings. A name means the file of exactly this path, else the one
file that differs from it in such ways alone. Where several could be meant, none is.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from inputgrad.photographs.files import ENDINGS, printable

Parts = tuple[str, ...]


class Files:
    """The photographs that names can mean, by their paths within the folder."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = set(paths)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            self._by_stem[_split(_parts(path)[-1])[0]].append(path)

    def is_exact(self, name: str) -> bool:
        """Whether a name is the path of a file as it is."""
        return str(PurePosixPath(name)) in self._paths

    def recoded(self, name: str) -> str | None:
        """The path of the file that a name means if its bytes, no UTF-8, are Latin-1's."""
        if not _is_foreign(name):
            return None
        try:
            return self.meant_by(_latin_1(name))
        except LookupError:
            return None

    def meant_by(self, name: str) -> str:
        """The path of the file that a name means.

        LookupError: none or several; its text says which, and where was looked.
        """
        plain = str(PurePosixPath(name))
        if plain in self._paths:
            return plain
        parts = _parts(name)
        stem, ending = _split(parts[-1]) if parts else ("", "")
        alike = [p for p in self._by_stem.get(stem, []) if ending in {"", _split(_parts(p)[-1])[1]}]
        shared = {path: _common_end(parts[:-1], _parts(path)[:-1]) for path in alike}
        # of two paths one must be the end of the other: other folders mean another file
        shared = {p: n for p, n in shared.items() if n == min(len(parts), len(_parts(p))) - 1}
        closest = [path for path in shared if shared[path] == max(shared.values())]
        if len(closest) == 1:
            return closest[0]
        if closest:
            some = " or ".join(f"'{printable(path)}'" for path in closest[:3])
            raise LookupError(f"may mean {some}")
        raise LookupError(_not_found(name))


def _not_found(name: str) -> str:
    if _is_foreign(name):
        meant = printable(_latin_1(name))
        return f"is not UTF-8 text (in Latin-1 it would be '{meant}'): save the list as UTF-8"
    if name.startswith(("/", "\\")) or ".." in _parts(name) or name[1:2] == ":":
        return "is no file name inside the folder"
    return "is neither in the folder nor in its subfolders"


def _is_foreign(name: str) -> bool:
    """Whether a name has bytes that are no UTF-8."""
    return any("\udc80" <= character <= "\udcff" for character in name)


def _latin_1(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("latin-1")


def _parts(name: str) -> Parts:
    """Folders and file name, as systems that are easy about names would compare them."""
    easy = unicodedata.normalize("NFC", name.strip().replace("\\", "/")).casefold()
    return tuple(part for part in easy.split("/") if part not in {"", "."})


def _split(name: str) -> tuple[str, str]:
    """Stem and ending; what is no ending of a photograph belongs to the stem."""
    stem, dot, ending = name.rpartition(".")
    return (stem, f".{ending}") if dot and f".{ending}" in ENDINGS else (name, "")


def _common_end(first: Parts, second: Parts) -> int:
    """How many folders two paths share, counted from the file."""
    shared = 0
    while shared < min(len(first), len(second)) and first[-1 - shared] == second[-1 - shared]:
        shared += 1
    return shared
