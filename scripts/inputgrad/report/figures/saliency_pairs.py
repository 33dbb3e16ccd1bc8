"""Q4: the maps of one photograph in two networks, where they agree most and where least.

Of the exemplars of the main run, ordered by the rank correlation of the maps of the first two
networks over a coarse grid: the first, and the last where there are several. Beside the photograph
stand the maps of both networks, each on its own scale, and what tells how alike they are.
"""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import CLIP_QUANTILE, heat
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.map_agreement import ModelAgreement
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary

NETWORKS = 2
NOTES = 1.0  # width of the column of notes, in tiles


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """One row a photograph; None without two networks whose maps can be laid side by side."""
    answer = summary.answers.get(4)
    rows = summary.saliency[:NETWORKS]
    if answer is None or len(rows) < NETWORKS or not answer.agreements:
        return None
    agreement: ModelAgreement = answer.agreements[0]
    ids = pictures.exemplars.of("saliency", summary.context).get(agreement.run, ())
    rhos = {i: agreement.by_photograph[i] for i in ids if i in agreement.by_photograph}
    found = {
        i: tiles
        for i in sorted(rhos, key=rhos.__getitem__, reverse=True)
        if (tiles := _tiles(rows, i, pictures)) is not None
    }
    if not found:
        return None
    shown = list(dict.fromkeys([next(iter(found)), next(reversed(found))]))
    alike = [(words["maps_more_alike"],), (words["maps_less_alike"],)] if len(shown) > 1 else [()]
    grid = [
        [*found[i], Tile(notes=(_name(rows[0], i, words), *said, words["rho"].format(rhos[i])))]
        for said, i in zip(alike, shown, strict=True)
    ]
    heads = [(words["photograph"], 1), *((words.network(row.model), 1) for row in rows)]
    widths = (*(1.0 for _ in heads), NOTES)
    figure = image_grid(grid, heads=heads, widths=widths)
    facts: dict[str, Fact] = {
        "exemplars": len(found),
        "clip_quantile": CLIP_QUANTILE,
        "rho": {i: rhos[i] for i in shown},
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _tiles(rows: tuple[SaliencyRow, ...], image_id: str, pictures: Pictures) -> list[Tile] | None:
    photograph = pictures.photograph(rows[0].model, image_id)
    maps = [pictures.saliency(row.model, row.run, image_id) for row in rows]
    known = photograph is not None and rows[0].point(image_id) is not None
    if not known or any(found is None for found in maps):
        return None
    return [Tile(photograph), *(Tile(heat(m)) for m in maps if m is not None)]


def _name(row: SaliencyRow, image_id: str, words: Words) -> str:
    """The photograph's class."""
    point = row.point(image_id)
    return "" if point is None else words.class_name(point.label)
