"""Q1: photograph, saliency map and overlay of each exemplar, for every model."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, Tile, heat_legend, image_grid
from inputgrad.report.figures.pictures import CLIP_QUANTILE, SMOOTHING_SHARE, heat, overlay

FEW_MODELS, FEW_EXEMPLARS = 4, 6  # with more models, fewer exemplars fit one page
Pair = tuple[NDArray[Any], NDArray[Any]]  # photograph, map


def draw(data: FigureData) -> Drawing | None:
    """Exemplars side by side, below each a map and an overlay per model; long sets are turned."""
    pairs = {
        (model, image_id): pair
        for model in data.order.models
        for image_id in data.order.exemplars
        if (pair := _pair(data, model, image_id))
    }
    shown = [i for i in data.order.exemplars if any((m, i) in pairs for m in data.order.models)]
    models = [m for m in data.order.models if any((m, i) in pairs for i in shown)]
    if not shown:
        return None
    shown = shown if len(models) <= FEW_MODELS else shown[:FEW_EXEMPLARS]
    columns = [_column([pairs.get((model, image_id)) for model in models]) for image_id in shown]
    names = [data.class_name(data.label(image_id)) for image_id in shown]
    figure = _grid(data, columns, names, models)
    heat_legend(figure, data.labels)
    facts: dict[str, Fact] = {
        "models": len(models),
        "clip_quantile": CLIP_QUANTILE,
        "smoothing_share": SMOOTHING_SHARE,
    }
    return Drawing(figure, len(shown), facts, format="jpg")


def _grid(
    data: FigureData, columns: list[list[NDArray[Any] | None]], names: list[str], models: list[str]
) -> Figure:
    """Whichever of exemplars and kinds of picture are fewer stand side by side."""
    kinds = [data.labels["photograph"], *[data.labels["map"], data.labels["overlay"]] * len(models)]
    if len(columns) > len(kinds):
        titles = [f"{model} {kind}" for model, kind in zip(_owners(models), kinds, strict=True)]
        return image_grid(_titled(columns, titles), row_labels=names, footer=HEAT_FOOTER)
    rows = [list(row) for row in zip(*columns, strict=True)]
    groups = [("", 1), *((model, 2) for model in models)]
    return image_grid(_titled(rows, names), row_labels=kinds, groups=groups, footer=HEAT_FOOTER)


def _owners(models: list[str]) -> list[str]:
    """The model of each kind of picture; the photograph is nobody's."""
    return ["", *(model for model in models for _ in ("map", "overlay"))]


def _titled(rows: list[list[NDArray[Any] | None]], titles: list[str]) -> list[list[Tile]]:
    return [
        [Tile(picture, title=titles[c] if r == 0 else "") for c, picture in enumerate(row)]
        for r, row in enumerate(rows)
    ]


def _column(pairs: list[Pair | None]) -> list[NDArray[Any] | None]:
    """The photograph of the first model that has it, then map and overlay of each."""
    column: list[NDArray[Any] | None] = [next(pair[0] for pair in pairs if pair)]
    for pair in pairs:
        column += [heat(pair[1]), overlay(*pair)] if pair else [None, None]
    return column


def _pair(data: FigureData, model: str, image_id: str) -> Pair | None:
    """Photograph and map of an exemplar, if the model has both."""
    photograph = data.exemplar(model, "photograph", image_id)
    saliency = data.exemplar(model, "saliency", image_id)
    return None if photograph is None or saliency is None else (photograph, saliency)
