"""One class under runs that differ in two parameters: one of them down, the other across."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, image_grid
from inputgrad.report.figures.verdicts import verdict
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.named import named
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent, Settings


def settings_grid(
    settings: Settings | None,
    summary: Summary,
    pictures: Pictures,
    words: Words,
    *,
    titles: tuple[str, str],
    names: tuple[str, str],
    own: tuple[float, float] | None = None,
) -> Drawing | None:
    """Last images; `titles` are of rows and columns, `names` those of the two in the facts.

    `own` are the values of the main run, whose row and column say so.
    """
    if settings is None:
        return None
    pairs = zip(settings.values, settings.ascents, strict=True)
    found = {values: a for values, a in pairs if with_pictures([a], pictures)}
    if len(found) < 2:
        return None
    down, across = (sorted({values[i] for values in found}) for i in (0, 1))
    marked = [
        {own[i]: words["own_setting"].format(titles[i].format(own[i]))} if own else {}
        for i in (0, 1)
    ]
    heads = [marked[1].get(value, titles[1].format(value)) for value in across]
    tiles = [
        [
            _tile(found.get((one, other)), head if one == down[0] else "", summary, pictures, words)
            for other, head in zip(across, heads, strict=True)
        ]
        for one in down
    ]
    first = next(iter(found.values()))
    figure = image_grid(
        tiles,
        heading=f"{words.class_name(settings.class_index)} · {words.network(first.model)}",
        row_labels=[marked[0].get(value, titles[0].format(value)) for value in down],
    )
    facts: dict[str, Fact] = {
        "class_index": settings.class_index,
        "iterations": first.iterations,
        "framed": any(tile.box is not None for row in tiles for tile in row),
        names[0]: list(down),
        names[1]: list(across),
        "probability": [[_probability(found.get((d, a))) for a in across] for d in down],
    }
    return Drawing(figure, len(found), facts, format="jpg")


def _probability(ascent: Ascent | None) -> float | None:
    return None if ascent is None else ascent.last.probability


def _tile(
    ascent: Ascent | None, title: str, summary: Summary, pictures: Pictures, words: Words
) -> Tile:
    """The last image, framed where most other networks name its class."""
    if ascent is None:
        return Tile(title=title)
    picture = pictures.shown(pictures.snapshots(ascent)[-1])
    judged = named(summary.recognitions, ascent)
    frame = (0, 0, len(picture), len(picture)) if judged is not None and judged.by_most else None
    return Tile(picture, title, verdict(ascent, summary, words), frame)
