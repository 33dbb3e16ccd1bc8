"""Q10: photographs, what the ascent has made of them, and the difference; one class a column.

Below them the saliency map of the photograph's own label, to see whether the ascent works where
the network looks; no row of maps where none is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.classes import with_pictures
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import HEAT_FOOTER, Tile, heat_legend, image_grid
from inputgrad.report.figures.pictures import (
    CLIP_QUANTILE,
    amplification,
    amplified,
    as_picture,
    heat,
)
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent

MOST = 4
LARGEST = 1.2  # inches, so that four rows and the text beside them share a page

Difference = NDArray[np.float64]


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Three or four pictures a class: start, end, amplified difference, and the start's map."""
    model = summary.context.model_names[0]
    found = with_pictures(summary.ascents[model], pictures)
    shown = [ascent for ascent in found if ascent.start is not None][:MOST]
    if not shown:
        return None
    changes = [_change(ascent, pictures) for ascent in shown]
    known = [change for change in changes if change is not None]
    factor = summary.context.amplification or amplification(known)
    classes = [
        _tiles(ascent, change, factor, pictures, words)
        for ascent, change in zip(shown, changes, strict=True)
    ]
    facts: dict[str, Fact] = {
        "iterations": [ascent.iterations for ascent in shown],
        "class_index": [ascent.class_index for ascent in shown],
        "probability": [ascent.last.probability for ascent in shown],
        "amplification": factor if known and factor > 1 else None,
    }
    labels = [words["photograph"], words["drawn_from_it"], words.difference(factor)]
    rows = [list(tiles) for tiles in zip(*classes, strict=True)]
    maps = [_map(ascent, summary, pictures) for ascent in shown]
    mapped = any(one is not None for one in maps)
    if mapped:
        labels.append(words["its_map"])
        rows.append([Tile() if one is None else Tile(heat(one)) for one in maps])
        facts["clip_quantile"] = CLIP_QUANTILE
    figure = image_grid(
        rows,
        heading=words.network(model),
        row_labels=labels,
        footer=HEAT_FOOTER if mapped else 0.0,
        largest=LARGEST,
    )
    if mapped:
        heat_legend(figure, words)
    return Drawing(figure, len(shown), facts, format="jpg")


def _tiles(
    ascent: Ascent,
    change: Difference | None,
    factor: int,
    pictures: Pictures,
    words: Words,
) -> list[Tile]:
    """Start, end and difference; empty tiles for what no picture holds."""
    start, first = _start(ascent, pictures), ascent.snapshots[0]
    end = np.asarray(pictures.snapshots(ascent)[-1])
    before = words.probability(first.probability) if first.iteration == 0 else ""
    return [
        Tile(
            None if start is None else pictures.shown(start),
            words.class_name(ascent.class_index),
            before,
        ),
        Tile(pictures.shown(end), caption=words.probability(ascent.last.probability)),
        Tile() if change is None else Tile(amplified(change, factor), caption=_kept(ascent, words)),
    ]


def _kept(ascent: Ascent, words: Words) -> str:
    """How like the photograph the last picture is, where that was measured."""
    likeness = ascent.last.ssim_to_start
    return "" if likeness is None else words["ssim"].format(likeness)


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
