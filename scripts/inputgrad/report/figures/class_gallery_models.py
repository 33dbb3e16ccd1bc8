"""Q11: the same classes as every model wants to see them."""

from __future__ import annotations

from inputgrad.report.figures.classes import Ascent, ascents
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, bands, image_grid
from inputgrad.report.figures.words import probability_words

COLUMNS = 4
MOST_ROWS = 6


def draw(data: FigureData) -> Drawing | None:
    """One row a model, one column a class, the probability of the class below each image."""
    run = data.order.main_visualization
    found = {m: {a.class_index: a for a in ascents(data, m, run)} for m in data.order.models}
    models = [model for model in data.order.models if found[model]]
    if len(models) < 2:
        return None
    common = sorted(set.intersection(*(set(found[model]) for model in models)))
    shown = common[: COLUMNS * max(1, MOST_ROWS // len(models))]
    if not shown:
        return None
    rows, labels = [], []
    for band in bands(shown, COLUMNS):
        for model in models:
            items = [found[model][c] for c in band]
            rows.append([_tile(data, item, titled=model == models[0]) for item in items])
            labels.append(model)
    facts: dict[str, Fact] = {
        "classes": len(common),
        "probability": {
            model: {str(c): found[model][c].probability for c in shown} for model in models
        },
    }
    return Drawing(image_grid(rows, row_labels=labels), len(shown), facts, format="jpg")


def _tile(data: FigureData, item: Ascent, *, titled: bool) -> Tile:
    title = data.class_name(item.class_index) if titled else ""
    caption = probability_words(item.probability, data.labels)
    return Tile(item.snapshots[-1], title=title, caption=caption)
