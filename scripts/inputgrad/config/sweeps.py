"""Runs by name, and sweeps: an entry that makes one run for each combination of values.

    grid: {method: normalized, sweep: {eta: [5, 25], lambda: [0, 0.001]}}

makes `grid-eta5-lambda0`, `grid-eta5-lambda0.001`, `grid-eta25-lambda0` and so on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"  # of a run or a model: it is part of paths and tables


def expanded(runs: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """All runs that the entries make; ValueError where two have the same name."""
    found: dict[str, dict[str, Any]] = {}
    for name, entry in runs.items():
        for key, value in _swept(name, entry):
            if key in found:
                raise ValueError(f"two runs are called {key!r}; rename one of them")
            found[key] = value
    return found


def _swept(name: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The runs that an entry makes: itself, or one for each combination of its `sweep`."""
    settings = dict(entry)
    sweep = settings.pop("sweep", None)
    if sweep is None:
        yield name, settings
        return
    if not isinstance(sweep, dict) or not all(isinstance(v, list) and v for v in sweep.values()):
        raise ValueError(f"{name}.sweep must map parameters to lists of values, got {sweep!r}")
    for key, values in sweep.items():
        if any(value in values[:position] for position, value in enumerate(values)):
            raise ValueError(f"{name}.sweep.{key} has a value twice: {values!r}")
    for values in itertools.product(*sweep.values()):
        combination = dict(zip(sweep, values, strict=True))
        swept = name + "".join(f"-{key}{value}" for key, value in combination.items())
        if not re.fullmatch(NAME, swept):
            raise ValueError(f"{name}.sweep makes {swept!r}, which is no name: write single runs")
        yield swept, {"method": name} | settings | combination
