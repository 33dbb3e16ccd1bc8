"""What the figures are drawn from: the tables, the exemplars' arrays and the order of things.

Exemplar arrays of a model, by key (H and W are the model's input size):

    photograph/<image_id>                          uint8 (H, W, 3)
    saliency/<run>/<image_id>                      float32 (H, W), at least 0
    box/<run>/<image_id>                           (top, left, bottom, right), ends exclusive
    adversarial/<run>/<target_policy>/<image_id>   uint8 (H, W, 3), the pixels of the PNG

Class visualisations of a model, by key:

    <run>/<class_index>/snapshots   uint8 (K, H, W, 3), in the order of the table's rows
    <run>/<class_index>/map         float32 (H, W), saliency map of the last gradient
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.errors import StoreError
from inputgrad.photographs.classes import Classes
from inputgrad.report.figures.labels import LABELS
from inputgrad.report.figures.style import MARKS, Mark
from inputgrad.tables import schema as tables

Arrays = Mapping[str, NDArray[Any]]


class StoredArrays(Arrays):
    """The arrays of some .npz files, each read when it is asked for; no file stays open."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths: dict[str, Path] = {}
        for path in paths:
            with _reading(path) as arrays:
                self._paths.update(dict.fromkeys(arrays.files, path))

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Read one array; KeyError where no file has one of that name."""
        with _reading(self._paths[name]) as arrays:
            return np.asarray(arrays[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except (OSError, ValueError, AttributeError, BadZipFile, zlib.error) as error:
        message = f"{path}: not readable arrays ({error}); remove it and run again"
        raise StoreError(message) from error


@dataclass(frozen=True)
class Order:
    """Names in the order of the configuration; the first model and the main runs lead."""

    models: tuple[str, ...]
    exemplars: tuple[str, ...]
    adversarial_runs: tuple[str, ...]
    visualization_runs: tuple[str, ...]
    main_saliency: str
    main_adversarial: str
    main_visualization: str
    target_policy: str = "random"


@dataclass(frozen=True)
class FigureData:
    """Tables (columns of ``inputgrad.tables``), arrays by model and key, names and labels."""

    predictions: pd.DataFrame
    saliency: pd.DataFrame
    adversarial: pd.DataFrame
    class_visualization: pd.DataFrame
    order: Order
    class_name: Callable[[int], str]
    exemplar_arrays: Mapping[str, Arrays] = field(default_factory=dict)
    visualization_arrays: Mapping[str, Arrays] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)

    def mark(self, model: str) -> Mark:
        """Colour, marker and dash of a model."""
        return MARKS[self.order.models.index(model) % len(MARKS)]

    def label(self, image_id: str) -> int:
        """Class index of a photograph."""
        rows = self.predictions
        return int(rows.loc[rows["image_id"] == image_id, "label"].iloc[0])

    def saliency_rows(self, model: str) -> pd.DataFrame:
        """The main run's rows of a model, by image_id; maps of zeros are left out."""
        rows = self.saliency
        chosen = (rows["model"] == model) & (rows["run"] == self.order.main_saliency)
        return rows[chosen & ~is_true(rows["zero_gradient"])].set_index("image_id")

    def attacks(self, model: str, run: str | None = None) -> pd.DataFrame:
        """Rows of the images that were attacked (main run by default), by image_id."""
        rows = self.adversarial
        chosen = (rows["model"] == model) & (rows["run"] == (run or self.order.main_adversarial))
        chosen &= rows["target_policy"] == self.order.target_policy
        return rows[chosen & is_true(rows["attacked"])].set_index("image_id")

    def ascent(self, model: str, run: str, class_index: int) -> pd.DataFrame:
        """Rows of one class visualisation by increasing iteration."""
        rows = self.class_visualization
        chosen = (rows["model"] == model) & (rows["run"] == run)
        return rows[chosen & (rows["class_index"] == class_index)].sort_values("iteration")

    def exemplar(self, model: str, kind: str, image_id: str) -> NDArray[Any] | None:
        """Array ``photograph``, ``saliency``, ``box`` or ``adversarial`` (main runs), or None."""
        runs = {
            "photograph": "photograph",
            "saliency": f"saliency/{self.order.main_saliency}",
            "box": f"box/{self.order.main_saliency}",
            "adversarial": f"adversarial/{self.order.main_adversarial}/{self.order.target_policy}",
        }
        return self.exemplar_arrays.get(model, {}).get(f"{runs[kind]}/{image_id}")


def is_true(column: pd.Series) -> pd.Series:
    """Flags with null counted as false."""
    return column.eq(True).fillna(False).astype(bool)


def load(
    *,
    statistics: Path,
    exemplars: Mapping[str, Path],
    visualizations: Mapping[str, Sequence[Path]],
    order: Order,
    classes: Classes,
    labels: Mapping[str, str] = LABELS,
) -> FigureData:
    """Read ``<statistics>/<family>.parquet`` and the .npz files of each model.

    Arrays are read when a figure asks for them. Raises StoreError for a file that is missing or
    not what its name says.
    """
    families = ("predictions", "saliency", "adversarial", "class_visualization")
    frames = {
        family: tables.read_parquet(family, statistics / f"{family}.parquet").to_pandas()
        for family in families
    }
    return FigureData(
        **frames,
        order=order,
        class_name=classes.name,
        exemplar_arrays={model: StoredArrays([path]) for model, path in exemplars.items()},
        visualization_arrays={
            model: StoredArrays(paths) for model, paths in visualizations.items()
        },
        labels=labels,
    )
