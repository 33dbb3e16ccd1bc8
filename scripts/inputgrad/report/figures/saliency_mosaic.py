"""Q3: a mosaic of four photographs, and the map of each one's class in it.

Of each network the first mosaic that counts, with the maps of the first run that is shown. The
photograph of the class is framed; below, how much of the map lies in it.
"""

from __future__ import annotations

import math

from inputgrad.report.figures.arrays import Mosaic, Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import CLIP_QUANTILE, heat
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary

NETWORKS, SIDE = 2, 2  # most networks; photographs along a side


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a network; None where no mosaic of the first run is kept."""
    run = next(iter(pictures.exemplars.of("saliency", summary.context)), "")
    models = [row.model for row in summary.saliency_runs.get(run, ())]
    found = {m: mosaic for m in models if (mosaic := pictures.mosaic(m, run)) is not None}
    shown = dict(list(found.items())[:NETWORKS])
    if not shown:
        return None
    labels = [words.network(model) for model in shown]
    rows = [_tiles(mosaic, words) for mosaic in shown.values()]
    heads = [(words["mosaic"], 1), (words["mosaic_maps"], len(rows[0]) - 1)]
    figure = image_grid(rows, row_labels=labels, heads=heads, footer=HEAT_FOOTER)
    heat_legend(figure, words)
    facts: dict[str, Fact] = {
        "run": run,
        "clip_quantile": CLIP_QUANTILE,
        "shares": {model: [*_shares(mosaic)] for model, mosaic in shown.items()},
    }
    different = {tuple(mosaic.labels) for mosaic in shown.values()}
    return Drawing(figure, sum(map(len, different)), facts, format="jpg")


def _shares(mosaic: Mosaic) -> list[float | None]:
    return [None if math.isnan(share) else float(share) for share in mosaic.shares]


def _tiles(mosaic: Mosaic, words: Words) -> list[Tile]:
    """The mosaic, and a map of each class with its quarter framed."""
    tiles = [Tile(mosaic.picture)]
    half = len(mosaic.picture) // SIDE
    for place, (label, share) in enumerate(zip(mosaic.labels, _shares(mosaic), strict=True)):
        top, left = (half * n for n in divmod(place, SIDE))
        tiles.append(
            Tile(
                heat(mosaic.maps[place]),
                title=words.class_name(int(label)),
                caption=words.percent(share),
                box=(top, left, top + half, left + half),
            )
        )
    return tiles
