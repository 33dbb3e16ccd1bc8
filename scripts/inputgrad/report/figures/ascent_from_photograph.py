"""Q10: a photograph on its way to a class."""

from __future__ import annotations

from inputgrad.report.figures.classes import Ascent, ascents, evenly
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, image_grid
from inputgrad.report.figures.words import probability_words

STRIPS, SNAPSHOTS = 4, 3


def draw(data: FigureData) -> Drawing | None:
    """One row a class: where it starts, some snapshots, where it ends (leading model)."""
    model = data.order.models[0]
    found = [
        item
        for run in data.order.visualization_runs
        for item in ascents(data, model, run)
        if item.rows["init"].iloc[0] != "noise"
    ]
    shown = found[:STRIPS]
    if not shown:
        return None
    strips = [_strip(data, model, item) for item in shown]
    names = [data.class_name(item.class_index) for item in shown]
    facts: dict[str, Fact] = {
        "iterations": [int(item.rows["iterations"].iloc[0]) for item in shown],
        "class_index": [item.class_index for item in shown],
        "probability": [item.probability for item in shown],
    }
    return Drawing(
        image_grid(strips, heading=model, row_labels=names), len(shown), facts, format="jpg"
    )


def _strip(data: FigureData, model: str, item: Ascent) -> list[Tile]:
    """The photograph, unless the first snapshot is it already, then snapshots."""
    start = data.exemplar(model, "photograph", str(item.rows["init"].iloc[0]))
    tiles = []
    if start is not None and item.rows["iteration"].iloc[0] > 0:
        tiles.append(Tile(start, title=data.labels["photograph"]))
    snapshots = item.snapshots
    for place in evenly(len(item.rows), SNAPSHOTS + 1 - len(tiles)):
        row = item.rows.iloc[place]
        titles = {0: data.labels["photograph"]}
        title = titles.get(row["iteration"], data.labels["iteration"].format(row["iteration"]))
        caption = probability_words(row["probability"], data.labels)
        tiles.append(Tile(snapshots[place], title=title, caption=caption))
    return tiles
