"""The pictures that figures show: arrays by model and key, and which photographs a run is shown on.

Exemplar arrays of a model, by key (H and W are the model's input size):

    photograph/<image_id>                          uint8 (H, W, 3)
    saliency/<run>/<image_id>                      float32 (H, W), at least 0
    adversarial/<run>/<target_policy>/<image_id>   uint8 (H, W, 3), the pixels of the PNG
    mosaic/<run>/picture, maps, labels, shares     see `saliency.measures.grid_pointing`
    questions/<run>/picture, map, ...              see `saliency.measures.questions`

Class visualisations of a model, by key:

    <run>/<class_index>/snapshots   uint8 (K, H, W, 3), in the order of the summary's snapshots
    <run>/<class_index>/map         float32 (H, W), saliency map of the class at the last image

`exemplars.json` says for each technique and run which photographs show it, from the best to the
worst by one named measure: `{"saliency": {"gradient": ["<image_id>", ...]}, "adversarial": ...,
"chosen_by": {"saliency": "<measure>", ...}}`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from inputgrad.errors import StoreError
from inputgrad.report.figures.pictures import rescaled
from inputgrad.report.summaries.codes import Show
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.visualization import Ascent

Kept = TypeVar("Kept", "Mosaic", "Questions", "Noisy")
Arrays = Mapping[str, NDArray[Any]]
CHOSEN_BY = "chosen_by"


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
class Exemplars:
    """The photographs that show a technique's runs, and the measure by which they were chosen."""

    runs: Mapping[str, Mapping[str, Sequence[str]]]
    chosen_by: Mapping[str, str] = field(default_factory=dict)

    def of(self, technique: str, context: Context) -> dict[str, tuple[str, ...]]:
        """Run -> its photographs, in the order of the configuration; runs without any left out."""
        chosen = self.runs.get(technique, {})
        return {run: tuple(chosen[run]) for run in context.runs[technique] if chosen.get(run)}


@dataclass(frozen=True)
class Mosaic:
    """Four photographs in one image, row by row, and a map of each one's class.

    picture: uint8 (H, W, 3). maps: float32 (4, H, W). labels: the classes. shares: how much of
    each map lies in its photograph's quarter, NaN where the map is zero.
    """

    picture: NDArray[np.uint8]
    maps: NDArray[np.float32]
    labels: NDArray[np.int64]
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class Questions:
    """One photograph, its map, and the maps of two other questions about it.

    picture: uint8 (H, W, 3). map, runner_up, other: float32 (H, W). classes: label, runner-up and
    the other one. rhos: rank correlation of the last two maps with the first, NaN where constant.
    """

    picture: NDArray[np.uint8]
    map: NDArray[np.float32]
    runner_up: NDArray[np.float32]
    other: NDArray[np.float32]
    classes: NDArray[np.int64]
    rhos: NDArray[np.float64]


@dataclass(frozen=True)
class Noisy:
    """The map of that photograph under noise, float32 (H, W), and its correlation (1,)."""

    noisy: NDArray[np.float32]
    noisy_rho: NDArray[np.float64]


@dataclass(frozen=True)
class Pictures:
    """Arrays by model and key, as the module describes them."""

    exemplars: Exemplars
    photographs: Mapping[str, Arrays]
    visualizations: Mapping[str, Arrays]
    show: Show = Show.AS_IS

    def shown(
        self,
        pixels: NDArray[np.uint8],
        *,
        lowest: float | None = None,
        highest: float | None = None,
    ) -> NDArray[Any]:
        """A picture as it is, or stretched from its lowest to its highest value in [0, 1] units.

        They are given where the 8-bit picture does not hold them.
        """
        return pixels if self.show == Show.AS_IS else rescaled(pixels, lowest, highest)

    def photograph(self, model: str, image_id: str) -> NDArray[np.uint8] | None:
        """The photograph as the model sees it, (H, W, 3)."""
        return self._exemplar(model, f"photograph/{image_id}")

    def saliency(self, model: str, run: str, image_id: str) -> NDArray[np.float32] | None:
        """The map of a photograph, (H, W)."""
        return self._exemplar(model, f"saliency/{run}/{image_id}")

    def adversarial(
        self, model: str, run: str, target_policy: str, image_id: str
    ) -> NDArray[np.uint8] | None:
        """The adversarial image of a photograph, (H, W, 3)."""
        return self._exemplar(model, f"adversarial/{run}/{target_policy}/{image_id}")

    def mosaic(self, model: str, run: str) -> Mosaic | None:
        """A mosaic with the maps of a run; None where none is kept."""
        return self._kept(Mosaic, model, f"mosaic/{run}")

    def questions(self, model: str, run: str) -> Questions | None:
        """One photograph and other questions about it; None where none is kept."""
        return self._kept(Questions, model, f"questions/{run}")

    def noisy(self, model: str, run: str) -> Noisy | None:
        """That photograph under noise; None where no copy of it kept its prediction."""
        return self._kept(Noisy, model, f"questions/{run}")

    def has_snapshots(self, ascent: Ascent) -> bool:
        """Whether the images of a class visualisation are there, without reading them."""
        return f"{_prefix(ascent)}/snapshots" in self.visualizations.get(ascent.model, {})

    def snapshots(self, ascent: Ascent) -> NDArray[np.uint8]:
        """The images of a class visualisation, (K, H, W, 3), one for each snapshot."""
        return self.visualizations[ascent.model][f"{_prefix(ascent)}/snapshots"]

    def final_map(self, ascent: Ascent) -> NDArray[np.float32] | None:
        """The saliency map of the class at the last image, (H, W); None where it was not taken."""
        return self.visualizations[ascent.model].get(f"{_prefix(ascent)}/map")

    def _kept(self, kind: type[Kept], model: str, prefix: str) -> Kept | None:
        """The arrays of one kind, named as its fields; None where one is missing."""
        found = {f.name: self._exemplar(model, f"{prefix}/{f.name}") for f in fields(kind)}
        known = {name: array for name, array in found.items() if array is not None}
        return kind(**known) if len(known) == len(found) else None

    def _exemplar(self, model: str, key: str) -> NDArray[Any] | None:
        return self.photographs.get(model, {}).get(key)


def _prefix(ascent: Ascent) -> str:
    return f"{ascent.run}/{ascent.class_index}"


def read_exemplars(path: Path) -> Exemplars:
    """Read `exemplars.json`; StoreError where it is not what the module describes."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        chosen_by = content.pop(CHOSEN_BY, {})
        runs = {
            technique: {run: tuple(ids) for run, ids in chosen.items()}
            for technique, chosen in content.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        message = f"{path}: expected photographs by technique and run ({error}); remove it"
        raise StoreError(f"{message} and run again") from error
    return Exemplars(runs, chosen_by)


def load_pictures(
    exemplars: Exemplars,
    *,
    photographs: Mapping[str, Path],
    visualizations: Mapping[str, Sequence[Path]],
    show: Show = Show.AS_IS,
) -> Pictures:
    """Model -> its .npz files; an array is read when a figure asks for it.

    Raises StoreError for a file that is missing or not what its name says.
    """
    return Pictures(
        exemplars,
        {model: StoredArrays([path]) for model, path in photographs.items()},
        {model: StoredArrays(paths) for model, paths in visualizations.items()},
        show,
    )
