"""A configuration, photographs that only look like some, and a store that pretends to be full.

For asking what would be computed without computing it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from PIL import Image

from inputgrad.cells.cell import Cell
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.jobs import listing
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.dag import Dag

LABELS = [985, 130, 3, 291, 985, 1, 2, 130]
BASE: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "folder", "path": "photographs"}], "batch_size": 3},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {
        "runs": {
            "ascent": {"method": "gradient_ascent", "eta": 0.5},
            "fine": {"method": "gradient_ascent", "eta": 0.1},
        }
    },
    "class_visualization": {
        "classes": ["daisy", "flamingo"],
        "runs": {"ascent": {"method": "normalized"}, "short": {"method": "normalized", "eta": 5}},
    },
}

Unit = tuple[str, str, str]  # table, model, run; of a measure the run and the measure


def configuration(**changes: Any) -> dict[str, Any]:
    """The base with some keys replaced; 'adversarial__runs__fine__eta' reaches inside."""
    content = deepcopy(BASE)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = content
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return content


def photographs(numbers: Iterable[int], *, folder: Path = Path("photographs")) -> None:
    """Small photographs with their labels; in all those of `numbers`."""
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.png"):
        file.unlink()
    rows = ["file,label"]
    for number in numbers:
        Image.new("RGB", (2, 2), (number, 0, 0)).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{LABELS[number % len(LABELS)]}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")


def planned(content: dict[str, Any]) -> Dag:
    """The DAG after `add_images`."""
    config = parse_config(content)
    choose_photographs(config, folder=config.results / "images")
    return Dag(config)


def pretend(dag: Dag) -> None:
    """Put every cell that the configuration needs into the store, without rows."""
    for job in listing.jobs(dag):
        for cell in job.cells:
            dag.store.put(cell, {}, None, device="cpu", machine="pretended")


def unit(cell: Cell) -> Unit:
    """What a cell is of: a run, or a measure of a run."""
    measure = "" if cell is cell.base else f" {cell.name}"
    return cell.table, cell.model, cell.run + measure


def missing(content: dict[str, Any]) -> dict[Unit, int]:
    """How many photographs or classes would be computed for each run and measure."""
    dag = planned(content)
    counts: Counter[Unit] = Counter()
    for job in listing.jobs(dag):
        for cell in job.cells:
            if cell not in dag.store:
                counts[unit(cell)] += len(cell.items)
    return dict(counts)


def identities(content: dict[str, Any]) -> dict[str, str]:
    """Table, run and measure -> identities of their cells, as one text."""
    found: dict[str, str] = {}
    for job in listing.jobs(planned(content)):
        for cell in job.cells:
            table, _, name = unit(cell)
            found[f"{table} {name}"] = found.get(f"{table} {name}", "") + cell.identity
    return found


def store() -> CellStore:
    """The store of the base configuration."""
    return CellStore(Path("results/cells"))


if __name__ == "__main__":
    print(json.dumps(identities(BASE)))
