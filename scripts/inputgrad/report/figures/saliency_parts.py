"""Q1: the map, what it calls most salient, and what blanking each part of the photograph costs.

Of the first network and the main run, at most `MOST` exemplars from the best to the worst, one a
row: the photograph, its map, its most salient fifth alone, and the drop of the score for each cell
that is blanked.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, evenly, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import heat, most_salient
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.q01_saliency import FAITHFULNESS
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary

MOST = 3
SHARE = 0.2
OCCLUSION = "occlusion"  # the method


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row an exemplar; None where none has all its pictures."""
    row = next(iter(summary.saliency), None)
    occlusion = _occlusion(summary)
    if row is None or occlusion is None:
        return None
    ids = pictures.exemplars.of("saliency", summary.context).get(row.run, ())
    found = {i: t for i in ids if (t := _tiles(row, i, occlusion, pictures, words)) is not None}
    if not found:
        return None
    shown = [list(found)[place] for place in evenly(len(found), MOST)]
    names = [words.class_name(point.label) for i in shown if (point := row.point(i)) is not None]
    titles = [words[key] for key in ("photograph", "map", "most_salient", "blanked")]
    rows = [found[i] for i in shown]
    rows[0] = [replace(tile, title=t) for tile, t in zip(rows[0], titles, strict=True)]
    figure = image_grid(rows, row_labels=names, footer=HEAT_FOOTER)
    heat_legend(figure, words)
    facts: dict[str, Fact] = {
        "chosen_by": pictures.exemplars.chosen_by.get("saliency"),
        "share": SHARE,
    }
    return Drawing(figure, len(rows), facts, format="jpg")


def _occlusion(summary: Summary) -> str | None:
    runs = summary.context.settings["saliency"]
    return next((name for name, run in runs.items() if run["method"] == OCCLUSION), None)


def _tiles(
    row: SaliencyRow, image_id: str, occlusion: str, pictures: Pictures, words: Words
) -> list[Tile] | None:
    photograph = pictures.photograph(row.model, image_id)
    saliency = pictures.saliency(row.model, row.run, image_id)
    drops = pictures.saliency(row.model, occlusion, image_id)
    point = row.point(image_id)
    if photograph is None or saliency is None or drops is None or point is None:
        return None
    rho = point.measured.get(FAITHFULNESS)
    caption = "" if rho is None else words["rho"].format(rho)
    return [
        Tile(photograph),
        Tile(heat(saliency)),
        Tile(most_salient(photograph, np.abs(saliency), share=SHARE)),
        Tile(heat(np.clip(drops, 0, None)), caption=caption),
    ]
