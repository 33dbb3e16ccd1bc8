"""Q5: original, altered image as its 8-bit PNG, and the difference, amplified by one factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inputgrad.report.figures.data import FigureData
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import Tile, bands, image_grid
from inputgrad.report.figures.pictures import Pixels, amplification, amplified, as_picture
from inputgrad.report.figures.words import percent

FEW = 4  # more exemplars stand two in a row


@dataclass(frozen=True)
class _Pair:
    """A photograph, what the attack made of it, and its row of the table."""

    plain: Pixels
    altered: Pixels
    row: pd.Series

    @property
    def difference(self) -> NDArray[np.float64]:
        """Altered minus original, in [-1, 1]."""
        return as_picture(self.altered) - as_picture(self.plain)


def draw(data: FigureData) -> Drawing | None:
    """The leading model's exemplars with predictions, confidences and norms."""
    model = data.order.models[0]
    rows = data.attacks(model)
    found = (_pair(data, model, rows, image_id) for image_id in data.order.exemplars)
    pairs = [pair for pair in found if pair is not None]
    if not pairs:
        return None
    factor = amplification([pair.difference for pair in pairs])
    facts: dict[str, Fact] = {
        "amplification": factor,
        "targets_reached": sum(bool(pair.row["success_png"]) for pair in pairs),
        "l2": [float(pair.row["l2_png"]) for pair in pairs],
        "rms_255": [float(pair.row["rms_255"]) for pair in pairs],
    }
    return Drawing(_grid(data, pairs, factor), len(pairs), facts, format="png")


def _pair(data: FigureData, model: str, rows: pd.DataFrame, image_id: str) -> _Pair | None:
    """An exemplar that was attacked and whose arrays are there."""
    plain = data.exemplar(model, "photograph", image_id)
    altered = data.exemplar(model, "adversarial", image_id)
    if plain is None or altered is None or image_id not in rows.index:
        return None
    return _Pair(plain, altered, rows.loc[image_id])


def _grid(data: FigureData, pairs: list[_Pair], factor: int) -> Figure:
    titles = [data.labels[kind] for kind in ("original", "altered", "difference")]
    titles[2] = titles[2].format(factor)
    rows: list[list[Tile]] = []
    for band in bands(pairs, 1 if len(pairs) <= FEW else 2):
        heads = ["" if rows else title for title in titles]
        rows.append([tile for pair in band for tile in _tiles(data, pair, factor, heads)])
    return image_grid(rows, heading=data.order.models[0])


def _tiles(data: FigureData, pair: _Pair, factor: int, titles: list[str]) -> list[Tile]:
    row, labels = pair.row, data.labels
    before = percent(row["confidence_label_before"], labels)
    after = percent(row["confidence_target_after"], labels)
    reached = "confidence" if row["success_png"] else "confidence_not_reached"
    captions = (
        labels["confidence"].format(data.class_name(int(row["label"])), before),
        labels[reached].format(data.class_name(int(row["target"])), after),
        labels["norms"].format(row["l2_png"], row["rms_255"]),
    )
    pictures: list[NDArray[Any]] = [
        pair.plain,
        pair.altered,
        amplified(pair.difference, factor),
    ]
    return [
        Tile(picture, title=title, caption=caption)
        for picture, title, caption in zip(pictures, titles, captions, strict=True)
    ]
