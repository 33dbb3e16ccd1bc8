"""Q9: one class under every comparable step size (down) and weight of the norm (across)."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, image_grid
from inputgrad.report.figures.verdicts import verdict
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.named import named
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Last images of the leading model under the settings that the summary compares."""
    model = summary.context.model_names[0]
    settings = summary.settings.get(model)
    if settings is None:
        return None
    shown = with_pictures(settings.ascents, pictures)
    found = {(ascent.eta, ascent.weight): ascent for ascent in shown}
    if len(found) < 2:
        return None
    etas, weights = (sorted({key[i] for key in found}) for i in (0, 1))
    titles = [words["lambda_value"].format(weight) for weight in weights]
    tiles = [
        [
            _tile(
                found.get((eta, weight)), title if eta == etas[0] else "", summary, pictures, words
            )
            for weight, title in zip(weights, titles, strict=True)
        ]
        for eta in etas
    ]
    figure = image_grid(
        tiles,
        heading=f"{words.class_name(settings.class_index)} · {words.network(model)}",
        row_labels=[words["eta_value"].format(eta) for eta in etas],
    )
    facts: dict[str, Fact] = {
        "class_index": settings.class_index,
        "iterations": shown[0].iterations,
        "framed": any(tile.box is not None for row in tiles for tile in row),
        "eta": list(etas),
        "lambda": list(weights),
        "probability": [[_probability(found.get((e, w))) for w in weights] for e in etas],
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
