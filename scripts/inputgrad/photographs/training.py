"""The photographs that an attack is trained on: the configuration names them, the sample does not.

An entry is a file, a folder with its subfolders, `bundled` for the photographs that foolbox ships,
or `bundled/<file>` for one of these. They need no labels. A training is known by their identities,
so photographs may come to the sample, or move, without a new one. A photograph of the sample that
is among them, turned upright or as it is stored, is never attacked by what was trained on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from inputgrad.config.settings import from_home
from inputgrad.errors import ConfigError, PhotographError, unknown
from inputgrad.photographs import Source, list_source
from inputgrad.photographs.files import ENDINGS, printable
from inputgrad.photographs.reading import identify

BUNDLED = "bundled"


@dataclass(frozen=True)
class TrainingPhotographs:
    """Files by image_id, and every identity by which a source may know the same photographs."""

    paths: Mapping[str, Path]
    seen: frozenset[str]


def training_photographs(
    entries: Iterable[str], *, fewest: int, method: str, where: str
) -> TrainingPhotographs:
    """The photographs that the configuration names at `where`; equal ones count once.

    Raises:
        ConfigError: an entry names nothing, a file is no photograph, or there are too few.
    """
    paths: dict[str, Path] = {}
    seen: set[str] = set()
    for path in dict.fromkeys(file for entry in entries for file in _files(entry, where)):
        try:
            identity = identify(path)
        except PhotographError as error:
            raise ConfigError(f"{where}: {printable(str(path))} {error}") from None
        paths.setdefault(identity.upright, path)
        seen |= {identity.upright, identity.stored}
    if len(paths) < fewest:
        raise ConfigError(
            f"{where}: {method} needs {fewest} different photographs to be trained on, and there "
            f"are {len(paths)}; name more, or a folder of them"
        )
    return TrainingPhotographs(dict(sorted(paths.items())), frozenset(seen))


def _files(entry: str, where: str) -> Iterator[Path]:
    """The files that an entry means."""
    first, _, name = entry.partition("/")
    if first == BUNDLED:
        yield from _bundled(name, where)
        return
    path = _at_home(entry, where)
    if path.is_dir():
        yield from sorted(_inside(path))
    elif path.is_file():
        yield path
    else:
        beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        near = f" ({unknown('file', path.name, beside)})" if beside else ""
        raise ConfigError(f"{where}: there is no file or folder {printable(entry)!r}{near}")


def _bundled(name: str, where: str) -> Iterator[Path]:
    """The photograph of that name in the package, or without one all of them."""
    files = {p.path.name: p.path for p in list_source(Source(BUNDLED)).photographs}
    if name and name not in files:
        raise ConfigError(f"{where}: {unknown('bundled photograph', name, files)}")
    yield from [files[name]] if name else files.values()


def _at_home(entry: str, where: str) -> Path:
    try:
        return from_home(Path(entry))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


def _inside(folder: Path) -> Iterator[Path]:
    """Images of a folder and its subfolders by their ending, without hidden ones."""
    for path in folder.rglob("*"):
        inner = path.relative_to(folder).parts
        if path.suffix.lower() in ENDINGS and not any(part.startswith(".") for part in inner):
            yield path
