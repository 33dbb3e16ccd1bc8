"""Q8: what the leading model wants to see, class by class, and the regions that decide."""

from __future__ import annotations

from inputgrad.report.figures.classes import MOST_CLASSES, Ascent, ascents
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, Tile, bands, heat_legend, image_grid
from inputgrad.report.figures.pictures import overlay
from inputgrad.report.figures.words import probability_words

COLUMNS = 4


def draw(data: FigureData) -> Drawing | None:
    """The last image of each class with its probability; below it the last gradient's map."""
    model = data.order.models[0]
    found = ascents(data, model, data.order.main_visualization)
    shown = found[:MOST_CLASSES]
    if not shown:
        return None
    rows, labels = [], []
    for band in bands(shown, COLUMNS):
        rows += [[_image(data, item) for item in band], [_regions(item) for item in band]]
        labels += [data.labels["image"], data.labels["regions"]]
    figure = image_grid(rows, row_labels=labels, heading=model, footer=HEAT_FOOTER)
    heat_legend(figure, data.labels)
    facts: dict[str, Fact] = {
        "classes": len(found),
        "probability": {str(item.class_index): item.probability for item in shown},
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _image(data: FigureData, item: Ascent) -> Tile:
    probability = probability_words(item.probability, data.labels)
    return Tile(item.snapshots[-1], title=data.class_name(item.class_index), caption=probability)


def _regions(item: Ascent) -> Tile:
    saliency = item.saliency
    return Tile(None if saliency is None else overlay(item.snapshots[-1], saliency))
