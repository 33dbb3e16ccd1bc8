"""Q1: photograph, saliency map and overlay of each exemplar, for every model.

Where there are many models, the overlays are left out: else nothing could be seen.

With one run the exemplars are side by side, below each a map and an overlay of every model; long
sets are turned. With several runs each row is one exemplar of one run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, evenly, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import CLIP_QUANTILE, SMOOTHING_SHARE, heat, overlay
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.report.summaries.summary import Summary

FEW_MODELS, FEW_EXEMPLARS = 4, 6  # with more models no overlays, and fewer exemplars
MOST_MODELS, MOST_ROWS = 2, 9  # of a figure with several runs
Picture = NDArray[Any]


@dataclass(frozen=True)
class _Plate:
    """A run's exemplars; each has the photograph, then map and overlay of each model."""

    run: str
    models: list[str]
    names: list[str]
    exemplars: list[list[Picture | None]]


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """The exemplars of every run that has some."""
    chosen = pictures.exemplars.of("saliency", summary.context)
    plates = []
    several, few = len(chosen) > 1, max(1, MOST_ROWS // max(1, len(chosen)))
    for run, ids in list(chosen.items())[:MOST_ROWS]:
        rows = summary.saliency_runs[run][: MOST_MODELS if several else None]
        plates.append(_plate(rows, pictures, _some(ids, few) if several else ids, words))
    plates = [plate for plate in plates if plate.exemplars]
    if not plates:
        return None
    figure = _one_run(plates[0], words) if len(plates) == 1 else _runs(plates, words)
    heat_legend(figure, words)
    facts: dict[str, Fact] = {
        "runs": {plate.run: len(plate.exemplars) for plate in plates},
        "models": max(len(plate.models) for plate in plates),
        "chosen_by": pictures.exemplars.chosen_by.get("saliency"),
        "clip_quantile": CLIP_QUANTILE,
        "smoothing_share": SMOOTHING_SHARE,
    }
    return Drawing(figure, max(len(plate.exemplars) for plate in plates), facts, format="jpg")


def _some(ids: Sequence[str], most: int) -> list[str]:
    """From the best to the worst of all, with those between them as far apart as can be."""
    return [ids[i] for i in evenly(len(ids), most)]


def _plate(
    rows: Sequence[SaliencyRow], pictures: Pictures, ids: Sequence[str], words: Words
) -> _Plate:
    """What is there of a run's exemplars: those of which some model has photograph and map."""
    pairs = {
        (row.model, image_id): pair
        for row in rows
        for image_id in ids
        if (pair := _pair(pictures, row, image_id))
    }
    models = [row.model for row in rows if any((row.model, i) in pairs for i in ids)]
    shown = [i for i in ids if any((model, i) in pairs for model in models)]
    shown = shown if _has_overlays(models) else shown[:FEW_EXEMPLARS]
    labels = {i: point.label for row in rows for i in shown if (point := row.point(i))}
    return _Plate(
        run=rows[0].run if rows else "",
        models=models,
        names=[words.class_name(labels[i]) for i in shown],
        exemplars=[
            _exemplar([pairs.get((m, i)) for m in models], overlays=_has_overlays(models))
            for i in shown
        ],
    )


def _pair(pictures: Pictures, row: SaliencyRow, image_id: str) -> tuple[Picture, Picture] | None:
    """Photograph and map of an exemplar, if the model has both."""
    photograph = pictures.photograph(row.model, image_id)
    saliency = pictures.saliency(row.model, row.run, image_id)
    if photograph is None or saliency is None or row.point(image_id) is None:
        return None
    return photograph, saliency


def _exemplar(
    pairs: list[tuple[Picture, Picture] | None], *, overlays: bool
) -> list[Picture | None]:
    """The photograph of the first model that has it, then map and overlay of each."""
    found: list[Picture | None] = [next(pair[0] for pair in pairs if pair)]
    for pair in pairs:
        found.append(heat(pair[1]) if pair else None)
        if overlays:
            found.append(overlay(*pair) if pair else None)
    return found


def _has_overlays(models: list[str]) -> bool:
    return len(models) <= FEW_MODELS


def _one_run(plate: _Plate, words: Words) -> Figure:
    """Exemplars across or down, whichever are more: exemplars or kinds of picture."""
    kinds, groups = _kinds(plate.models, words), _groups(plate.models, words)
    if len(plate.exemplars) > len(kinds):
        return image_grid(
            _tiles(plate.exemplars, kinds), heads=groups, row_labels=plate.names, footer=HEAT_FOOTER
        )
    turned = [list(row) for row in zip(*plate.exemplars, strict=True)]
    return image_grid(
        _tiles(turned, plate.names), row_labels=kinds, groups=groups, footer=HEAT_FOOTER
    )


def _runs(plates: list[_Plate], words: Words) -> Figure:
    """One row an exemplar, run after run."""
    widest = max(plates, key=lambda plate: len(plate.models))
    rows = [exemplar for plate in plates for exemplar in plate.exemplars]
    return image_grid(
        _tiles(rows, _kinds(widest.models, words)),
        heads=_groups(widest.models, words),
        row_labels=[name for plate in plates for name in plate.names],
        groups=[(words.run(plate.run), len(plate.exemplars)) for plate in plates],
        footer=HEAT_FOOTER,
    )


def _kinds(models: list[str], words: Words) -> list[str]:
    """The photograph, then the kinds of picture of each model."""
    each = [words["map"], words["overlay"]] if _has_overlays(models) else [words["map"]]
    return [words["photograph"], *each * len(models)]


def _groups(models: list[str], words: Words) -> list[tuple[str, int]]:
    """The model of each kind of picture; the photograph belongs to none."""
    return [("", 1), *((words.network(model), 1 + _has_overlays(models)) for model in models)]


def _tiles(rows: list[list[Picture | None]], titles: list[str]) -> list[list[Tile]]:
    return [
        [Tile(picture, title=titles[c] if r == 0 else "") for c, picture in enumerate(row)]
        for r, row in enumerate(rows)
    ]
