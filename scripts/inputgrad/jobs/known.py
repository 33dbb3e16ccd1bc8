"""The configurations that were run into a results folder, so that pruning spares their cells.

    results/configurations/<hash of the file's name>.json    files, overrides, content

One record for each configuration file (and each `--config key=value` beside it), with what it said
when it was run last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.config.schema import Config, parse_config
from inputgrad.errors import StoreError
from inputgrad.files import write_json
from inputgrad.hashing import digest


@dataclass(frozen=True)
class KnownConfiguration:
    """A configuration that was run.

    record: the file that remembers it.
    files: its files, as seen from the workflow's folder; overrides: what the command line added.
    content: what they said, merged.
    """

    record: Path
    files: tuple[Path, ...]
    overrides: Mapping[str, Any]
    content: Mapping[str, Any]

    def __str__(self) -> str:
        words = [*map(str, self.files), *(f"{k}={v}" for k, v in self.overrides.items())]
        return " ".join(words)

    @property
    def gone(self) -> bool:
        """Whether a file of it exists no more."""
        return not all(path.is_file() for path in self.files)

    def config(self, results: Path) -> Config:
        """The configuration, for the folder where its results are now."""
        return parse_config({**self.content, "results": str(results)})


def remember(
    results: Path,
    files: Iterable[Path],
    overrides: Mapping[str, Any],
    content: Mapping[str, Any],
) -> KnownConfiguration:
    """Write down that a configuration is being run, with its files and the command line's part."""
    names = [_seen_from_here(path) for path in files]
    about = {"files": names, "overrides": dict(overrides)}
    path = _folder(results) / f"{digest(about, length=12)}.json"
    write_json(path, about | {"content": dict(content)})
    return KnownConfiguration(path, tuple(map(Path, names)), overrides, content)


def known_configurations(results: Path) -> Iterator[KnownConfiguration]:
    """Those that were run into the folder; StoreError where a record cannot be read."""
    for path in sorted(_folder(results).glob("[!.]*.json")):
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
            files = tuple(Path(name) for name in read["files"])
            yield KnownConfiguration(path, files, read["overrides"], read["content"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read {path}: {error!r}; remove it") from error


def _seen_from_here(path: Path) -> str:
    here, absolute = Path.cwd(), path.absolute()
    inside = absolute.is_relative_to(here)
    return str(absolute.relative_to(here) if inside else absolute)


def _folder(results: Path) -> Path:
    return results / "configurations"
