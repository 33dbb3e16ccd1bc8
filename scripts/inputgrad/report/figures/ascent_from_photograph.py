"""Q10: a photograph on its way to a class."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, evenly, image_grid
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

STRIPS, SNAPSHOTS = 4, 3


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a class: where it starts, some snapshots, where it ends (leading model)."""
    model = summary.context.model_names[0]
    found = with_pictures(summary.ascents[model], pictures)
    shown = [ascent for ascent in found if ascent.start is not None][:STRIPS]
    if not shown:
        return None
    strips = [_strip(ascent, pictures, words) for ascent in shown]
    names = [words.class_name(ascent.class_index) for ascent in shown]
    facts: dict[str, Fact] = {
        "iterations": [ascent.iterations for ascent in shown],
        "class_index": [ascent.class_index for ascent in shown],
        "probability": [ascent.last.probability for ascent in shown],
    }
    return Drawing(
        image_grid(strips, heading=words.network(model), row_labels=names),
        len(shown),
        facts,
        format="jpg",
    )


def _strip(ascent: Ascent, pictures: Pictures, words: Words) -> list[Tile]:
    """The photograph, unless the first snapshot is it already, then snapshots."""
    start = None if ascent.start is None else pictures.photograph(ascent.model, ascent.start)
    tiles = []
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
