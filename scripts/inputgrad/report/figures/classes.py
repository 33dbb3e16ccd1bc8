"""What the figures of class visualisation share: which classes, and their last images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.report.figures.data import Arrays, FigureData

MOST_CLASSES = 12


@dataclass(frozen=True)
class Ascent:
    """One class visualisation: its rows by iteration, and its arrays, read when asked for."""

    class_index: int
    rows: pd.DataFrame
    arrays: Arrays
    prefix: str

    @property
    def snapshots(self) -> NDArray[np.uint8]:
        """Images (K, H, W, 3), one for each row."""
        return self.arrays[f"{self.prefix}/snapshots"]

    @property
    def saliency(self) -> NDArray[Any] | None:
        """Map (H, W) of the last gradient."""
        return self.arrays.get(f"{self.prefix}/map")

    @property
    def probability(self) -> float:
        """Probability of the class for the last image."""
        return float(self.rows["probability"].iloc[-1])


def ascent(data: FigureData, model: str, run: str, class_index: int) -> Ascent | None:
    """A class visualisation that has both its rows and its snapshots, or None."""
    arrays, prefix = data.visualization_arrays.get(model, {}), f"{run}/{class_index}"
    rows = data.ascent(model, run, class_index)
    if rows.empty or f"{prefix}/snapshots" not in arrays:
        return None
    return Ascent(class_index, rows, arrays, prefix)


def ascents(data: FigureData, model: str, run: str) -> list[Ascent]:
    """All visualisations of a run by class index."""
    rows = data.class_visualization
    chosen = rows[(rows["model"] == model) & (rows["run"] == run)]
    found = (ascent(data, model, run, int(c)) for c in sorted(chosen["class_index"].unique()))
    return [item for item in found if item is not None]


def evenly(count: int, most: int) -> list[int]:
    """At most ``most`` of the positions 0 … count - 1, the first and the last among them."""
    return sorted({round(p) for p in np.linspace(0, count - 1, min(count, most))})
