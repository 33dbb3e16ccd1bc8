"""Q8: pictures of classes, and the photographs that networks take to be like them."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import evenly, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.likeness import Found, Likeness
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

MOST_ROWS, MOST_OTHERS = 4, 2


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """A row a class: the picture, the photograph of the highest score, the nearest for others."""
    model = summary.context.model_names[0]
    beside = [one for one in summary.likenesses if one.source == model]
    own = next((one for one in beside if one.own), None)
    others = [one for one in beside if not one.own][:MOST_OTHERS]
    found = [a for a in with_pictures(summary.drawn[model], pictures) if a.start is None]
    rows = {a.class_index: _photographs(a, own, others, pictures, words) for a in found}
    known = [a for a in found if any(tile.picture is not None for tile in rows[a.class_index])]
    if not known:
        return None
    shown = [known[i] for i in evenly(len(known), MOST_ROWS)]
    heads = [words["picture"]]
    heads += [words["highest_score"]] if own is not None else []
    heads += [words["nearest"].format(words.network(other.judge)) for other in others]
    grid = [[_picture(a, pictures, words), *rows[a.class_index]] for a in shown]
    figure = image_grid(
        grid,
        heading=words.network(model),
        heads=[(head, 1) for head in heads],
        row_labels=[words.class_name(a.class_index) for a in shown],
    )
    facts: dict[str, Fact] = {
        "classes": len(known),
        "photographs": max((one.photographs for one in beside), default=0),
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _picture(ascent: Ascent, pictures: Pictures, words: Words) -> Tile:
    caption = words.probability(ascent.last.probability)
    return Tile(pictures.shown(pictures.snapshots(ascent)[-1]), caption=caption)


def _photographs(
    ascent: Ascent,
    own: Likeness | None,
    others: list[Likeness],
    pictures: Pictures,
    words: Words,
) -> list[Tile]:
    """A tile for each column after the first, empty where there is nothing to show."""
    tiles = []
    if own is not None:
        highest = own.highest.get(ascent.class_index, ())
        tiles.append(_photograph(ascent.model, next(iter(highest), None), pictures, words))
    nearest = (other.nearest.get(ascent.class_index) for other in others)
    return tiles + [_photograph(ascent.model, one, pictures, words) for one in nearest]


def _photograph(model: str, found: Found | None, pictures: Pictures, words: Words) -> Tile:
    """A photograph under its label; no picture where it is not at hand."""
    if found is None:
        return Tile()
    return Tile(pictures.photograph(model, found.image_id), caption=words.class_name(found.label))
