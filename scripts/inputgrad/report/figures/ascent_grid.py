"""Q9: one class under every configured step size (down) and weight of the norm (across)."""

from __future__ import annotations

import pandas as pd

from inputgrad.report.figures.classes import Ascent, ascent
from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, image_grid
from inputgrad.report.figures.words import probability_words


def draw(data: FigureData) -> Drawing | None:
    """Last images of the leading model for the class that most settings have drawn."""
    model = data.order.models[0]
    cells = _largest_sweep(data, model)
    if cells.empty:
        return None
    class_index = int(cells.groupby("class_index").size().idxmax())
    cells = cells[cells["class_index"] == class_index]
    found = {
        (row["eta"], row["lambda"]): item
        for _, row in cells.iterrows()
        if (item := ascent(data, model, row["run"], class_index))
    }
    if len(found) < 2:
        return None
    etas, lambdas = (sorted({key[i] for key in found}) for i in (0, 1))
    tiles = [
        [_tile(data, found.get((eta, weight)), weight, titled=eta == etas[0]) for weight in lambdas]
        for eta in etas
    ]
    labels = [data.labels["eta_value"].format(eta) for eta in etas]
    figure = image_grid(
        tiles, heading=f"{data.class_name(class_index)} · {model}", row_labels=labels
    )
    facts: dict[str, Fact] = {
        "class_index": class_index,
        "iterations": int(cells["iterations"].iloc[0]),
        "eta": list(etas),
        "lambda": list(lambdas),
        "probability": [
            [item.probability if (item := found.get((eta, weight))) else None for weight in lambdas]
            for eta in etas
        ],
    }
    return Drawing(figure, len(found), facts, format="jpg")


def _largest_sweep(data: FigureData, model: str) -> pd.DataFrame:
    """Last rows of the runs from noise that differ in eta and lambda alone.

    Runs of one preset and one number of iterations are comparable; the set with the most settings
    is taken, one run for each class and setting.
    """
    rows = data.class_visualization
    rows = rows[(rows["model"] == model) & (rows["iteration"] == rows["iterations"])]
    rows = rows[rows["init"].eq("noise") & rows["run"].isin(data.order.visualization_runs)]
    sweeps = [sweep for _, sweep in rows.groupby(["preset", "iterations"])]
    largest = max(sweeps, key=lambda s: len(s[["eta", "lambda"]].drop_duplicates()), default=rows)
    return largest.drop_duplicates(["class_index", "eta", "lambda"])


def _tile(data: FigureData, item: Ascent | None, weight: float, *, titled: bool) -> Tile:
    title = data.labels["lambda_value"].format(weight) if titled else ""
    if item is None:
        return Tile(title=title)
    return Tile(
        item.snapshots[-1], title=title, caption=probability_words(item.probability, data.labels)
    )
