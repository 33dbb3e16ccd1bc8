"""Q11: the same classes as every model draws them."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import bands, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.verdicts import verdict
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary

COLUMNS = 4
MOST_ROWS = 6


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a model, one column a class, the probability of the class below each image."""
    drawn = {m: with_pictures(ascents, pictures) for m, ascents in summary.drawn.items()}
    found = {m: {a.class_index: a for a in ascents} for m, ascents in drawn.items() if ascents}
    if len(found) < 2:
        return None
    common = sorted(set.intersection(*map(set, found.values())))
    shown = common[: COLUMNS * max(1, MOST_ROWS // len(found))]
    if not shown:
        return None
    rows, labels = [], []
    for band in bands(shown, COLUMNS):
        for place, (model, ascents) in enumerate(found.items()):
            tiles = [
                Tile(
                    pictures.shown(pictures.snapshots(ascents[c])[-1]),
                    words.class_name(c) if place == 0 else "",
                    verdict(ascents[c], summary, words),
                )
                for c in band
            ]
            rows.append(tiles)
            labels.append(words.network(model))
    facts: dict[str, Fact] = {
        "classes": len(common),
        "probability": {
            model: {str(c): ascents[c].last.probability for c in shown}
            for model, ascents in found.items()
        },
    }
    return Drawing(image_grid(rows, row_labels=labels), len(shown), facts, format="jpg")
