"""For how long a scheduler is asked to let a job run, from the times of earlier cells.

    minutes = MARGIN · (start + Σ expected seconds of the missing cells) · 2^(attempt − 1)

The expectation is that of `make status` (`cells.timings`). A job that still hits its limit has lost
only the cells that were not complete, and its next attempt gets twice the time. The partition's own
limit, which the command `report` has asked for, bounds it: a job beyond it would never start.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable

from inputgrad.cells.cell import Cell
from inputgrad.cells.store import CellStore
from inputgrad.cells.timings import START_SECONDS, Rates

VARIABLE = "INPUTGRAD_MOST_MINUTES"
MARGIN = 3.0  # another machine, a shared file system
FEWEST = 10  # minutes
UNKNOWN = 240  # minutes of a job whose like was never timed


def minutes(rates: Rates, store: CellStore, cells: Iterable[Cell], *, attempt: int) -> int:
    """The wall time of a job that is to complete the cells."""
    missing = {cell.identity: cell for cell in cells if cell not in store}
    expected = [rates.seconds(cell) for cell in missing.values()]
    known = sum(seconds for seconds in expected if seconds is not None)
    wanted = math.ceil(MARGIN * (START_SECONDS + known) / 60)
    if None in expected:
        wanted = max(wanted, UNKNOWN)
    return bounded(max(wanted, FEWEST) * 2 ** (attempt - 1))


def bounded(wanted: int) -> int:
    """Minutes within the limit that the environment names."""
    limit = os.environ.get(VARIABLE)
    return min(wanted, int(limit)) if limit else wanted
