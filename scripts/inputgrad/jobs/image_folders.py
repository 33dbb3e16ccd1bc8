"""Adversarial images as ordinary folders: a PNG for each attacked photograph, and a `labels.csv`.

    <folder>/<model>/<run>/<target_policy>/<image_id>.png, labels.csv

The images are those of the cells, which keep them (`keep`), without computing any. Every file is
read back and compared with the photograph as the network takes it, in 8 bits: `l2` and `linf` of
`labels.csv` are what the file holds, and no value is further away than the attack's own `linf` and
the rounding allow. `success` and `predicted` are those of the PNG, as the measure `png` has them.
The source `folder` reads such a folder as photographs. No torch here.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inputgrad.cells.cell import Cell
from inputgrad.engine.records import Pixels
from inputgrad.errors import StoreError
from inputgrad.files import write_bytes, write_text
from inputgrad.images.decoding import from_png, png_bytes
from inputgrad.jobs.dag import Dag
from inputgrad.photographs.classes import imagenet_classes

COLUMNS = (  # `target` alone would be read as the class of the photograph
    *("file", "label", "photograph", "wnid", "attack_target", "predicted", "success"),
    *("l2", "linf"),
)
ROUNDING = 0.5 / 255 + 1e-6  # by which a value of the file may be further away than in the attack
LABELS = "labels.csv"

Key = tuple[str, str, str, str]  # model, run, target policy, image_id

logger = logging.getLogger(__name__)


def write_folders(dag: Dag, rows: Sequence[Mapping[str, Any]], folder: Path) -> int:
    """Write the folders of every model; how many images that makes.

    rows: those of the table `adversarial`. StoreError where none of the images is kept, and for a
    file that is further from its photograph than the attack says.
    """
    by_key = {(r["model"], r["run"], r["target_policy"], r["image_id"]): r for r in rows}
    files = {image.image_id: image.file for image in dag.index().images}
    lines: dict[Path, list[dict[str, Any]]] = {}
    for key, photograph, altered in _kept(dag):
        row, own = by_key.get(key), folder.joinpath(*key[:3])
        if row is not None and row["attacked"]:
            line = _written(own / f"{key[3]}.png", photograph, altered, row)
            lines.setdefault(own, []).append(line | {"photograph": files[key[3]]})
    if by_key and not lines:
        raise StoreError(
            "no adversarial image is kept; set `keep: all` and run `make report` again, which "
            "computes them anew where they are not"
        )
    for own, found in sorted(lines.items()):
        write_text(own / LABELS, _as_csv(found))
        logger.info("%s: %d images", own, len(found))
    return sum(map(len, lines.values()))


def _kept(dag: Dag) -> Iterator[tuple[Key, Pixels, Pixels]]:
    """Photograph and adversarial image of everything whose arrays are in the store."""
    for model in dag.models:
        for batch in dag.index().batches:
            photographs = _arrays(dag, dag.batch_cells("predictions", model, batch), "photograph")
            for cell in dag.batch_cells("adversarial", model, batch):
                altered = _arrays(dag, [cell], "image")
                for image_id in sorted(altered.keys() & photographs.keys()):
                    key = (model, cell.run, cell.recipe["target_policy"], image_id)
                    yield key, photographs[image_id], altered[image_id]


def _arrays(dag: Dag, cells: Sequence[Cell], name: str) -> dict[str, NDArray[Any]]:
    """Photograph -> its array of this name in the methods' cells."""
    return {
        key.removesuffix(f"/{name}"): array
        for cell in cells
        if cell is cell.base
        for key, array in dag.store.arrays(cell).items()
        if key.endswith(f"/{name}")
    }


def _written(
    path: Path, photograph: Pixels, altered: Pixels, row: Mapping[str, Any]
) -> dict[str, Any]:
    """Write one file, read it back, and say what it holds."""
    write_bytes(path, png_bytes(altered))
    difference = from_png(path.read_bytes()).astype(np.float64) - photograph.astype(np.float64)
    linf = float(np.abs(difference).max()) / 255
    if row["linf"] is not None and linf > row["linf"] + ROUNDING:
        raise StoreError(
            f"{path}: a value differs by {255 * linf:g} levels from the photograph's; the "
            f"attack changed none by more than {255 * row['linf']:g}; run `make regenerate`"
        )
    return {
        "file": path.name,
        "label": row["label"],
        "wnid": imagenet_classes().wnid(row["label"]),
        "attack_target": row["target"],
        "predicted": row["prediction_png"],
        "success": row["success_png"],
        "l2": float(np.sqrt((difference**2).sum())) / 255,
        "linf": linf,
    }


def _as_csv(lines: Sequence[Mapping[str, Any]]) -> str:
    """The lines in the order of their files, nothing where a value is missing."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(lines, key=lambda line: str(line["file"])))
    return text.getvalue()
