"""Q8: the image that the leading model draws of each class, and the regions that decide.

Where another run climbs by the practical work's own rule, its images of the same classes stand
between the two.
"""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import MOST_CLASSES, with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, bands, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import overlay
from inputgrad.report.figures.verdicts import verdict
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent, plain_run

COLUMNS = 4


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """The last image of each class and what networks say of it, its plain twin and its map."""
    model = summary.context.model_names[0]
    plain = _plain(summary, pictures, model)
    found = with_pictures(summary.drawn[model], pictures)
    shown = found[:MOST_CLASSES]
    if not shown:
        return None
    rows, labels = [], []
    for band in bands(shown, COLUMNS):
        rows.append([_image(ascent, summary, pictures, words) for ascent in band])
        labels.append(words["image"])
        if twins := [plain.get(ascent.class_index) for ascent in band if plain]:
            rows.append([_twin(ascent, summary, pictures, words) for ascent in twins])
            labels.append(words["plain_rule"])
        rows.append([_regions(ascent, pictures) for ascent in band])
        labels.append(words["regions"])
    figure = image_grid(rows, row_labels=labels, heading=words.network(model), footer=HEAT_FOOTER)
    heat_legend(figure, words)
    facts: dict[str, Fact] = {
        "classes": len(found),
        "plain": len(plain),
        "probability": {str(a.class_index): a.last.probability for a in shown},
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _plain(summary: Summary, pictures: Pictures, model: str) -> dict[int, Ascent]:
    """Class -> how the practical work's own rule draws it; empty without such a run."""
    drawn = summary.ascents[model]
    run = plain_run(drawn, summary.context.main_runs["class_visualization"])
    return {a.class_index: a for a in with_pictures(drawn, pictures) if a.run == run}


def _twin(ascent: Ascent | None, summary: Summary, pictures: Pictures, words: Words) -> Tile:
    if ascent is None:
        return Tile()
    return Tile(
        pictures.shown(pictures.snapshots(ascent)[-1]), caption=verdict(ascent, summary, words)
    )


def _image(ascent: Ascent, summary: Summary, pictures: Pictures, words: Words) -> Tile:
    caption = verdict(ascent, summary, words)
    return Tile(
        pictures.shown(pictures.snapshots(ascent)[-1]),
        words.class_name(ascent.class_index),
        caption,
    )


def _regions(ascent: Ascent, pictures: Pictures) -> Tile:
    saliency = pictures.final_map(ascent)
    return Tile(None if saliency is None else overlay(pictures.snapshots(ascent)[-1], saliency))
