"""Computing anew what is stored: old cells stay until new ones take their place.

`make regenerate` sets the variable `INPUTGRAD_REGENERATE`, which Snakemake hands to its jobs. When
the first of them starts, a mark is written beside the store; until all are done, a cell that is
older than the mark counts as missing, and the new one replaces it. So nothing is lost where the
configuration is faulty or the run is killed: `make report` then uses the cells as they are, old
and new ones, and another `make regenerate` goes on where the first was stopped.
"""

from __future__ import annotations

import os
from pathlib import Path

from inputgrad.cells.store import CellStore
from inputgrad.files import write_text

VARIABLE = "INPUTGRAD_REGENERATE"


def regenerating() -> bool:
    """Whether this process is to compute anew what is stored."""
    return VARIABLE in os.environ


def open_store(results: Path) -> CellStore:
    """The store of a results folder; while it is regenerated, without the cells of before."""
    mark = mark_of(results) if regenerating() else None
    return CellStore(results / "cells", newer_than=mark)


def begin(results: Path) -> None:
    """Set the mark, unless one is left from a run that was stopped."""
    if not mark_of(results).is_file():
        write_text(mark_of(results), "older cells are not regenerated yet\n")


def finish(results: Path) -> None:
    """Remove the mark: every cell is new."""
    mark_of(results).unlink(missing_ok=True)


def mark_of(results: Path) -> Path:
    """The file that older cells are older than."""
    return results / ".regenerating"
