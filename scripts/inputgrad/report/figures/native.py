"""Pictures at native pixels for the controls of the HTML report, beside its drawn figures.

A *pair* is a photograph and its adversarial image as the network takes them, as PNG, so that the
page amplifies their very difference. A *film* is the snapshots of a class visualisation, as JPEG.
Photographs and classes go in turn, each through every network, until their share of the page is
spent: what comes later is left out, and the tables have its rows all the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inputgrad.files import write_bytes, write_json
from inputgrad.report.assets import NATIVE_INDEX
from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.grid import evenly
from inputgrad.report.figures.output import JPEG_QUALITY
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

PAIR_BYTES, FILM_BYTES = 2_200_000, 2_000_000  # on disk; a third more in the page
MOST_FRAMES = 8

Entry = dict[str, Any]
Files = dict[str, bytes]  # name -> content


def write_native(
    summary: Summary,
    pictures: Pictures,
    folder: Path,
    *,
    pair_bytes: int = PAIR_BYTES,
    film_bytes: int = FILM_BYTES,
) -> None:
    """Write the pictures and `native.json`, which lists them as `pairs` and `films`."""
    pairs = _within(pair_bytes, _pairs(summary, pictures))
    films = _within(film_bytes, _films(summary, pictures))
    for _, files in (*pairs, *films):
        for name, content in files.items():
            write_bytes(folder / name, content)
    write_json(
        folder / NATIVE_INDEX, {"pairs": [e for e, _ in pairs], "films": [e for e, _ in films]}
    )


def _within(budget: int, made: Iterable[tuple[Entry, Files]]) -> list[tuple[Entry, Files]]:
    """The first entries whose files fit the budget together."""
    kept = []
    for entry, files in made:
        budget -= sum(map(len, files.values()))
        if budget < 0:
            break
        kept.append((entry, files))
    return kept


def _pairs(summary: Summary, pictures: Pictures) -> Iterator[tuple[Entry, Files]]:
    """The exemplars of the first attack that has any, each in every network."""
    chosen = pictures.exemplars.of("adversarial", summary.context)
    for run, ids in list(chosen.items())[:1]:
        for place, image_id in enumerate(ids):
            for number, row in enumerate(summary.attack_runs[run]):
                plain = pictures.photograph(row.model, image_id)
                altered = pictures.adversarial(row.model, run, row.target_policy, image_id)
                if plain is None or altered is None or row.point(image_id) is None:
                    continue
                names = {part: f"pair_{place}_{number}_{part}.png" for part in ("plain", "altered")}
                entry = {"model": row.model, "run": run, "image_id": image_id, "side": len(plain)}
                files = {names["plain"]: _png(plain), names["altered"]: _png(altered)}
                yield entry | names, files


def _films(summary: Summary, pictures: Pictures) -> Iterator[tuple[Entry, Files]]:
    """The classes of the main run, each in every network."""
    drawn = [with_pictures(ascents, pictures) for ascents in summary.drawn.values()]
    for place, ascents in enumerate(zip_longest(*drawn)):
        for number, ascent in enumerate(ascents):
            if ascent is not None:
                yield _film(ascent, pictures, f"film_{place}_{number}")


def _film(ascent: Ascent, pictures: Pictures, name: str) -> tuple[Entry, Files]:
    images = pictures.snapshots(ascent)
    places = evenly(len(ascent.snapshots), MOST_FRAMES)
    moments = [ascent.snapshots[place].iteration for place in places]
    names = [f"{name}_{moment}.jpg" for moment in moments]
    frames = [{"iteration": m, "file": file} for m, file in zip(moments, names, strict=True)]
    entry = {"model": ascent.model, "class_index": ascent.class_index, "side": len(images[0])}
    shown = [jpeg(_pixels(pictures.shown(images[place]))) for place in places]
    return entry | {"frames": frames}, dict(zip(names, shown, strict=True))


def _pixels(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """A picture of 8 bits, or in [0, 1], in 8 bits."""
    if picture.dtype == np.uint8:
        return picture
    return np.asarray(np.rint(255.0 * picture), dtype=np.uint8)


def _png(pixels: NDArray[np.uint8]) -> bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, format="png", optimize=True)
    return written.getvalue()


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """A picture (H, W, 3) as a JPEG file with colour at full resolution.

    Without `optimize`, for which Pillow reserves a byte a pixel: noise takes more, and fails.
    """
    written = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(written, format="jpeg", quality=JPEG_QUALITY, subsampling=0)
    return written.getvalue()
