"""Q10: photographs, what the ascent has made of them, and the difference; one photograph a row.

Beside them the saliency map of the photograph's own label, to see whether the ascent works where
the network looks, where one is there; then the class driven toward, behind the photograph's own
where that is another, and its probability before and after, in this network and in another. Of
many photographs those come first that are driven toward another class.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, heat_legend, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import (
    CLIP_QUANTILE,
    amplification,
    amplified,
    as_picture,
    heat,
)
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.q10_photograph import PhotographRow
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

MOST = 3
NOTES = 1.0  # width of the column of words, in tiles

Difference = NDArray[np.float64]
Key = tuple[str, int]  # run and class of an ascent


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Three or four pictures a row: start, end, amplified difference, and the start's map."""
    model = summary.context.model_names[0]
    found = with_pictures(summary.ascents[model], pictures)
    known_rows = _rows(summary, model)
    shown = _some([ascent for ascent in found if ascent.start is not None], known_rows)
    if not shown:
        return None
    changes = [_change(ascent, pictures) for ascent in shown]
    known = [change for change in changes if change is not None]
    factor = summary.context.amplification or amplification(known)
    rows = [
        _tiles(ascent, change, factor, pictures)
        for ascent, change in zip(shown, changes, strict=True)
    ]
    facts = _facts(shown, known_rows) | {"amplification": factor if known and factor > 1 else None}
    heads = [words["photograph"], words["drawn_from_it"], words.difference(factor)]
    maps = [_map(ascent, summary, pictures) for ascent in shown]
    mapped = any(one is not None for one in maps)
    if mapped:
        heads.append(words["its_map"])
        for row, one in zip(rows, maps, strict=True):
            row.append(Tile() if one is None else Tile(heat(one)))
        facts["clip_quantile"] = CLIP_QUANTILE
    for row, ascent in zip(rows, shown, strict=True):
        row.append(Tile(notes=_notes(ascent, known_rows.get(_key(ascent)), words)))
    figure = image_grid(
        rows,
        heading=words.network(model),
        heads=[(head, 1) for head in heads],
        footer=HEAT_FOOTER if mapped else 0.0,
        widths=(*(1.0 for _ in heads), NOTES),
    )
    if mapped:
        heat_legend(figure, words)
    return Drawing(figure, len(shown), facts, format="jpg")


def _facts(shown: list[Ascent], rows: Mapping[Key, PhotographRow]) -> dict[str, Fact]:
    return {
        "iterations": [ascent.iterations for ascent in shown],
        "class_index": [ascent.class_index for ascent in shown],
        "probability": [ascent.last.probability for ascent in shown],
        "witness": [_seen(rows.get(_key(ascent))) for ascent in shown],
    }


def _key(ascent: Ascent) -> Key:
    return ascent.run, ascent.class_index


def _rows(summary: Summary, model: str) -> dict[Key, PhotographRow]:
    """What the summary knows of each ascent of a network from a photograph."""
    answer = summary.answers.get(10)
    rows = () if answer is None else answer.rows
    return {(row.run, row.class_index): row for row in rows if row.model == model}


def _seen(row: PhotographRow | None) -> float | None:
    """How probable the class is to another network at the end."""
    return None if row is None or row.witness is None else row.witness.end


def _some(found: list[Ascent], rows: Mapping[Key, PhotographRow]) -> list[Ascent]:
    """As many as there is room for, in their order."""
    away = [a for a in found if (row := rows.get(_key(a))) and row.left_class is not None]
    chosen = [*away, *(ascent for ascent in found if ascent not in away)][:MOST]
    return [ascent for ascent in found if ascent in chosen]


def _tiles(
    ascent: Ascent, change: Difference | None, factor: int, pictures: Pictures
) -> list[Tile]:
    """Start, end and difference; empty tiles for what no picture holds."""
    start = _start(ascent, pictures)
    return [
        Tile(None if start is None else pictures.shown(start)),
        Tile(pictures.shown(np.asarray(pictures.snapshots(ascent)[-1]))),
        Tile() if change is None else Tile(amplified(change, factor)),
    ]


def _notes(ascent: Ascent, row: PhotographRow | None, words: Words) -> tuple[str, ...]:
    """The class driven toward, behind the photograph's; its probability in two networks; SSIM."""
    first, last = ascent.snapshots[0], ascent.last
    name, after = words.class_name(ascent.class_index), words.percent(last.probability)
    if row is not None and row.left_class is not None:
        name = words["change"].format(words.class_name(row.left_class), name)
    if first.iteration == 0:
        after = words["change"].format(words.percent(first.probability), after)
    seen = None if row is None else row.witness
    notes = [name, after]
    if seen is not None:
        move = words["change"].format(words.percent(seen.start), words.percent(seen.end))
        notes += [words["seen_by"].format(words.network(seen.judge)), move]
    if last.ssim_to_start is not None:
        notes.append(words["ssim"].format(last.ssim_to_start))
    return tuple(notes)


def _map(ascent: Ascent, summary: Summary, pictures: Pictures) -> NDArray[np.float32] | None:
    """The map of the photograph that an ascent starts from, by the first run that is shown."""
    run = next(iter(pictures.exemplars.of("saliency", summary.context)), None)
    if run is None or ascent.start is None:
        return None
    return pictures.saliency(ascent.model, run, ascent.start)


def _start(ascent: Ascent, pictures: Pictures) -> NDArray[np.uint8] | None:
    """The photograph that an ascent starts from, where a picture holds it."""
    if ascent.snapshots[0].iteration == 0:
        return np.asarray(pictures.snapshots(ascent)[0])
    return None if ascent.start is None else pictures.photograph(ascent.model, ascent.start)


def _change(ascent: Ascent, pictures: Pictures) -> Difference | None:
    """The last image minus the photograph, in [-1, 1]; None where the photograph is not there."""
    start = _start(ascent, pictures)
    if start is None:
        return None
    return as_picture(pictures.snapshots(ascent)[-1]) - as_picture(start)
