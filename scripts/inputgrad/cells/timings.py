"""How long cells took, to say how long others will: never part of a cell or of the report.

One small file for each job that computed something, in `results/benchmark/cells/`. A job computes
several cells side by side in the same slots, so its time is divided among them by their effort
(gradient evaluations, where the rows count them).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.cells.cell import Cell
from inputgrad.files import write_text
from inputgrad.hashing import canonical_json, digest

START_SECONDS = 5.0  # a job's start: Python, torch and the model's weights

Kind = tuple[str, ...]


@dataclass(frozen=True)
class Timing:
    """One computed cell: what it was, its photographs or classes, seconds, kind of device."""

    kind: Kind
    size: int
    seconds: float
    device: str


def write_timings(
    folder: Path, efforts: Sequence[tuple[Cell, float]], *, seconds: float, device: str
) -> None:
    """Divide the seconds of a job among its cells by their effort; one file for the job."""
    total = sum(effort for _, effort in efforts) or 1.0
    about = [
        {
            "kind": _kind(cell),
            "size": len(cell.items),
            "seconds": round(seconds * own / total, 3),
            "device": device,
        }
        for cell, own in efforts
    ]
    name = digest(sorted(cell.identity for cell, _ in efforts), length=32)
    if about:
        write_text(folder / f"{name}.json", json.dumps(about) + "\n")


def read_timings(folder: Path) -> list[Timing]:
    """All timings in a folder; unreadable ones are passed over, since nothing depends on them."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found += [_timing(about) for about in json.loads(path.read_bytes())]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _timing(about: Mapping[str, Any]) -> Timing:
    kind = tuple(map(str, about["kind"]))
    return Timing(kind, int(about["size"]), about["seconds"], about["device"])


class Rates:
    """Seconds for each photograph or class, by the timings that resemble a cell most."""

    def __init__(self, timings: Iterable[Timing]) -> None:
        self._sums: dict[Kind, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
        for timing in timings:
            for length in range(1, len(timing.kind) + 1):
                seconds, size = self._sums[timing.kind[:length]]
                self._sums[timing.kind[:length]] = (seconds + timing.seconds, size + timing.size)

    def seconds(self, cell: Cell) -> float | None:
        """Expected seconds of a cell; None where nothing of its technique was ever timed."""
        kind = _kind(cell)
        for length in range(len(kind), 0, -1):
            if kind[:length] in self._sums:
                seconds, size = self._sums[kind[:length]]
                return len(cell.items) * seconds / size
        return None


def _kind(cell: Cell) -> Kind:
    """From the general to the special: technique and unit, engine, model, name, parameters."""
    recipe: Mapping[str, Any] = cell.recipe
    engine = f"{recipe['device']} {recipe.get('slots')} {recipe['threads']}"
    parameters = canonical_json(recipe["parameters"])
    unit = next((kind for kind in ("measure", "training") if kind in recipe), "method")
    return (cell.table, unit, str(recipe["model_id"]), engine, cell.name, parameters)
