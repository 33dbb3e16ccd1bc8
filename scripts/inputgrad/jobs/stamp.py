"""Results that came from elsewhere, such as old results copied beside a fresh clone.

Snakemake notes with which parameters it made a file in `.snakemake/`, and trusts files of which
it has no note, whatever the configuration says now. So `results/` and `.snakemake/` each carry the
same mark. Where the marks differ, both get a new one: the file with the mark, an input of the
first rules, is then newer than every output that was found, so all jobs run again; what they hold
is in the cell store, and no cell is computed for it. The mark's content tells Snakemake that a
mere `touch` is no change.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from inputgrad.files import write_text

NAME = "inputgrad-mark"


def adopt(results: Path, *, notes: Path) -> Path:
    """Give the folders `results` and `notes` a common mark; the file with it, in `notes`."""
    mine, theirs = notes / NAME, results / f".{NAME}"
    if _read(mine) is None or _read(mine) != _read(theirs):
        mark = secrets.token_hex(16)
        write_text(theirs, mark)
        write_text(mine, mark)
    return mine


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
