"""Q3: the box around the strongest region of the map, as in weakly supervised detection."""

from __future__ import annotations

from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, bands, image_grid
from inputgrad.report.figures.pictures import spotlight
from inputgrad.report.figures.words import percent

COLUMNS, MOST_ROWS = 4, 8


def draw(data: FigureData) -> Drawing | None:
    """Exemplars with each model's box; the caption of a tile is the box's share of the area."""
    boxed = {
        model: [i for i in data.order.exemplars if data.exemplar(model, "box", i) is not None]
        for model in data.order.models
    }
    models = [model for model in data.order.models if boxed[model]]
    shown = [i for i in data.order.exemplars if any(i in boxed[model] for model in models)]
    if not shown:
        return None
    shown = shown[: COLUMNS * max(1, MOST_ROWS // len(models))]
    shares = {model: _shares(data, model, shown) for model in models}
    rows, labels = [], []
    for band in bands(shown, COLUMNS):
        for model in models:
            first = model == models[0]
            rows.append([_tile(data, model, i, shares[model].get(i), titled=first) for i in band])
            labels.append(model)
    figure = image_grid(rows, row_labels=labels)
    facts: dict[str, Fact] = {
        "box_share": {model: list(by_image.values()) for model, by_image in shares.items()}
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _shares(data: FigureData, model: str, shown: list[str]) -> dict[str, float]:
    known = data.saliency_rows(model)["box_share"].dropna()
    return {image_id: float(known[image_id]) for image_id in shown if image_id in known.index}


def _tile(
    data: FigureData, model: str, image_id: str, share: float | None, *, titled: bool
) -> Tile:
    title = data.class_name(data.label(image_id)) if titled else ""
    photograph, box = (data.exemplar(model, kind, image_id) for kind in ("photograph", "box"))
    if photograph is None or box is None:
        return Tile(title=title)
    top, left, bottom, right = (int(edge) for edge in box)
    corners = (top, left, bottom, right)
    caption = data.labels["box"].format(percent(share, data.labels))
    return Tile(spotlight(photograph, corners), title=title, caption=caption, box=corners)
