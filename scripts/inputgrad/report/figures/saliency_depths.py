"""Q4: Grad-CAM at several depths of each network: from fine parts to the whole.

One row a network, all of one exemplar, the first that has the maps; the photograph, then the
overlay of each run of Grad-CAM from the earliest layer to the last. The colours are those of
`saliency_pairs`, which stands before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import overlay
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.map_depths import depth_runs
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary

LABELS = {"early": "depth_early", "middle": "depth_middle", "last": "depth_last"}  # -> its label
MOST_MODELS = 3


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """None where there are fewer than two depths, or no exemplar has them."""
    runs = depth_runs(summary.context)
    if len(runs) < 2:
        return None
    ids = next(iter(pictures.exemplars.of("saliency", summary.context).values()), ())
    found = [
        (words.network(row.model), tiles)
        for row in summary.saliency[:MOST_MODELS]
        if (tiles := next((t for i in ids if (t := _tiles(row, i, runs, pictures))), None))
    ]
    if not found:
        return None
    names, rows = [name for name, _ in found], [tiles for _, tiles in found]
    heads = [words["photograph"], *(words[LABELS[depth]] for depth in runs)]
    rows[0] = [Tile(t.picture, title=head) for t, head in zip(rows[0], heads, strict=True)]
    figure = image_grid(rows, row_labels=names)
    facts: dict[str, Fact] = {"depths": list(runs), "models": len(names)}
    return Drawing(figure, 1, facts, format="jpg")


def _tiles(
    row: SaliencyRow, image_id: str, runs: Mapping[str, str], pictures: Pictures
) -> list[Tile] | None:
    photograph = pictures.photograph(row.model, image_id)
    maps = [pictures.saliency(row.model, run, image_id) for run in runs.values()]
    if photograph is None or any(found is None for found in maps):
        return None
    return [Tile(photograph), *(Tile(overlay(photograph, m)) for m in maps if m is not None)]
