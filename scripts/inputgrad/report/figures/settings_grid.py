"""One class under runs that differ in two parameters: one of them down, the other across."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import image_grid
from inputgrad.report.figures.grid_layout import Tile
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
    found = _drawn(settings, pictures)
    if settings is None or len(found) < 2:
        return None
    down, across = (sorted({values[i] for values in found}) for i in (0, 1))
    labels, heads = (
        _heads(titles[i], values, own and own[i], words) for i, values in enumerate((down, across))
    )
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
        row_labels=labels,
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


def _drawn(settings: Settings | None, pictures: Pictures) -> dict[tuple[float, float], Ascent]:
    """The settings, by their two values, whose last image is there."""
    if settings is None:
        return {}
    pairs = zip(settings.values, settings.ascents, strict=True)
    return {values: ascent for values, ascent in pairs if with_pictures([ascent], pictures)}


def _heads(title: str, values: list[float], own: float | None, words: Words) -> list[str]:
    """What stands beside each value; that of the main run says so."""
    plain = {value: title.format(value) for value in values}
    return [words["own_setting"].format(plain[v]) if v == own else plain[v] for v in values]


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
