"""Q3: the box around the strongest region of the map, as in weakly supervised detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import bands, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import Pixels, spotlight
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.saliency import Box, SaliencyRow
from inputgrad.report.summaries.summary import Summary

COLUMNS, MOST_ROWS = 4, 8


@dataclass(frozen=True)
class _Boxed:
    """A photograph and the box of one model's map."""

    photograph: Pixels
    box: Box
    share: float | None
    label: int


Models = Mapping[str, Mapping[str, _Boxed]]  # model -> image_id -> its box


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Each run's exemplars with each model's box; below a tile the box's share of the area."""
    chosen = pictures.exemplars.of("saliency", summary.context)
    few = max(1, MOST_ROWS // max(1, len(chosen)))  # models of a run
    found = {
        run: _models(summary.saliency_runs[run][:few], pictures, ids)
        for run, ids in list(chosen.items())[:MOST_ROWS]
    }
    found = {run: models for run, models in found.items() if models}
    if not found:
        return None
    most = COLUMNS * max(1, MOST_ROWS // sum(len(models) for models in found.values()))
    rows: list[list[Tile]] = []
    labels: list[str] = []
    groups: list[tuple[str, int]] = []
    for run, models in found.items():
        tiles = _rows(models, _shown(models, chosen[run], most), words)
        rows += tiles
        labels += [words.network(model) for model in models] * (len(tiles) // len(models))
        groups.append((words.run(run), len(tiles)))
    figure = image_grid(rows, row_labels=labels, groups=groups if len(groups) > 1 else ())
    shown = {run: _shown(models, chosen[run], most) for run, models in found.items()}
    facts: dict[str, Fact] = {
        "chosen_by": pictures.exemplars.chosen_by.get("saliency"),
        "box_share": {
            run: {m: [boxed[i].share for i in shown[run] if i in boxed] for m, boxed in by.items()}
            for run, by in found.items()
        },
    }
    return Drawing(figure, len({i for ids in shown.values() for i in ids}), facts, format="jpg")


def _models(rows: Sequence[SaliencyRow], pictures: Pictures, ids: Sequence[str]) -> Models:
    """Models that have a box for some of the photographs."""
    found = {row.model: _boxes(row, pictures, ids) for row in rows}
    return {model: boxed for model, boxed in found.items() if boxed}


def _boxes(row: SaliencyRow, pictures: Pictures, ids: Sequence[str]) -> dict[str, _Boxed]:
    boxed = {}
    for image_id in ids:
        photograph, point = pictures.photograph(row.model, image_id), row.point(image_id)
        if photograph is not None and point is not None and point.box is not None:
            boxed[image_id] = _Boxed(
                photograph, point.box, point.measured.get("box_share"), point.label
            )
    return boxed


def _shown(models: Models, ids: Sequence[str], most: int) -> list[str]:
    return [i for i in ids if any(i in boxed for boxed in models.values())][:most]


def _rows(models: Models, ids: list[str], words: Words) -> list[list[Tile]]:
    """Bands of photographs, one row a model, the class above the first model's."""
    labels = {i: boxed[i].label for boxed in models.values() for i in ids if i in boxed}
    names = {i: words.class_name(label) for i, label in labels.items()}
    return [
        [_tile(boxed.get(i), words, title=names[i] if place == 0 else "") for i in band]
        for band in bands(ids, COLUMNS)
        for place, boxed in enumerate(models.values())
    ]


def _tile(boxed: _Boxed | None, words: Words, *, title: str) -> Tile:
    if boxed is None:
        return Tile(title=title)
    caption = words["box"].format(words.percent(boxed.share))
    picture = spotlight(boxed.photograph, boxed.box)
    return Tile(picture, title=title, caption=caption, box=boxed.box)
