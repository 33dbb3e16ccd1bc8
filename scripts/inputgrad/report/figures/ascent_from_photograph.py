"""Q10: a photograph on its way to a class, and what has changed in the end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, evenly, image_grid
from inputgrad.report.figures.pictures import amplification, amplified, as_picture
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

STRIPS, SNAPSHOTS = 4, 3

Difference = NDArray[np.float64]


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a class: where it starts, some snapshots, where it ends, and the difference."""
    model = summary.context.model_names[0]
    found = with_pictures(summary.ascents[model], pictures)
    shown = [ascent for ascent in found if ascent.start is not None][:STRIPS]
    if not shown:
        return None
    changes = [_change(ascent, pictures) for ascent in shown]
    known = [change for change in changes if change is not None]
    factor = summary.context.amplification or amplification(known)
    strips = [
        [*_strip(ascent, pictures, words), *_difference(change, factor, words)]
        for ascent, change in zip(shown, changes, strict=True)
    ]
    names = [words.class_name(ascent.class_index) for ascent in shown]
    facts: dict[str, Fact] = {
        "iterations": [ascent.iterations for ascent in shown],
        "class_index": [ascent.class_index for ascent in shown],
        "probability": [ascent.last.probability for ascent in shown],
        "amplification": factor if known else None,
    }
    return Drawing(
        image_grid(strips, heading=words.network(model), row_labels=names),
        len(shown),
        facts,
        format="jpg",
    )


def _strip(ascent: Ascent, pictures: Pictures, words: Words) -> list[Tile]:
    """The photograph, unless the first snapshot is it already, then snapshots."""
    start, tiles = _start(ascent, pictures), []
    if start is not None and ascent.snapshots[0].iteration > 0:
        tiles.append(Tile(pictures.shown(start), title=words["photograph"]))
    images = pictures.snapshots(ascent)
    for place in evenly(len(ascent.snapshots), SNAPSHOTS + 1 - len(tiles)):
        snapshot = ascent.snapshots[place]
        later = words["iteration"].format(snapshot.iteration)
        title = later if snapshot.iteration else words["photograph"]
        tiles.append(
            Tile(pictures.shown(images[place]), title, words.probability(snapshot.probability))
        )
    return tiles


def _start(ascent: Ascent, pictures: Pictures) -> NDArray[np.uint8] | None:
    """The photograph that an ascent starts from, where a picture holds it."""
    if ascent.snapshots[0].iteration == 0:
        return np.asarray(pictures.snapshots(ascent)[0])
    return None if ascent.start is None else pictures.photograph(ascent.model, ascent.start)


def _change(ascent: Ascent, pictures: Pictures) -> Difference | None:
    """The last image minus the photograph, in [-1, 1]; None where the photograph is not there."""
    start = _start(ascent, pictures)
    if start is None:
        return None
    return as_picture(pictures.snapshots(ascent)[-1]) - as_picture(start)


def _difference(change: Difference | None, factor: int, words: Words) -> list[Tile]:
    if change is None:
        return []
    return [Tile(amplified(change, factor), words["difference"].format(factor))]
