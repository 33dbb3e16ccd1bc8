"""Q5: original, altered image as its 8-bit PNG, and the difference, amplified by one factor.

Where there are few enough of them and it was measured, the likeliest classes are beside each,
before the attack and after it; else the label before, and the target after, are below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.attack_names import attack_names
from inputgrad.report.figures.drawing import Drawing, Fact
from inputgrad.report.figures.grid import bands, evenly, image_grid
from inputgrad.report.figures.grid_layout import Tile
from inputgrad.report.figures.pictures import Pixels, amplification, amplified, as_picture
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.adversarial import AttackPoint, AttackRow, Ranked
from inputgrad.report.summaries.summary import Summary

FEW = 4  # more exemplars are two in a row
MOST = 12  # of all runs together
MOST_OF_A_RUN = 3  # more would leave the pictures too small on a page
RANKS = 3  # likeliest classes that are beside a picture
NOTES = 1.3  # width of their column, in tiles


@dataclass(frozen=True)
class _Pair:
    """A photograph, what the attack made of it, and the numbers of that attack.

    `room`: for the likeliest classes.
    """

    plain: Pixels
    altered: Pixels
    point: AttackPoint
    room: bool = True

    @property
    def ranked(self) -> tuple[Ranked, Ranked]:
        """The likeliest classes before and after; none where there is no room for them."""
        if not self.room:
            return (), ()
        return self.point.top_before[:RANKS], self.point.top_after[:RANKS]

    @property
    def difference(self) -> NDArray[np.float64]:
        """Altered minus original, in [-1, 1]."""
        return as_picture(self.altered) - as_picture(self.plain)


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """The leading model's exemplars of each run, with predictions, confidences and norms."""
    context = summary.context
    model, chosen = context.model_names[0], pictures.exemplars.of("adversarial", context)
    few = max(1, min(MOST_OF_A_RUN, MOST // max(1, len(chosen))))
    runs = {
        row.run: pairs
        for run, ids in list(chosen.items())[:MOST]
        for row in summary.attack_runs[run]
        if row.model == model and (pairs := _pairs(row, pictures, ids, few))
    }
    if not runs:
        return None
    if sum(map(len, runs.values())) > FEW:
        runs = {run: [replace(pair, room=False) for pair in pairs] for run, pairs in runs.items()}
    everything = [pair for pairs in runs.values() for pair in pairs]
    factor = context.amplification or amplification([pair.difference for pair in everything])
    facts: dict[str, Fact] = {
        "amplification": factor,
        "chosen_by": pictures.exemplars.chosen_by.get("adversarial"),
        "target_policy": context.target_policy,
        "ranks": max((len(pair.ranked[0]) for pair in everything), default=0) or None,
        "runs": {
            run: {
                "l2": [pair.point.l2_png for pair in pairs],
                "rms_png": [pair.point.rms_png for pair in pairs],
            }
            for run, pairs in runs.items()
        },
    }
    images = {pair.point.image_id for pair in everything}
    names = attack_names(context, words)
    figure = _grid(model, runs, names, factor, words, pictures)
    return Drawing(figure, len(images), facts, format="png")


def _pairs(row: AttackRow, pictures: Pictures, ids: Sequence[str], most: int) -> list[_Pair]:
    """Exemplars that were attacked and whose arrays are there."""
    found = []
    for image_id in ids:
        plain = pictures.photograph(row.model, image_id)
        altered = pictures.adversarial(row.model, row.run, row.target_policy, image_id)
        point = row.point(image_id)
        if plain is not None and altered is not None and point is not None:
            found.append(_Pair(plain, altered, point))
    return [found[i] for i in evenly(len(found), most)]


def _grid(
    model: str,
    runs: dict[str, list[_Pair]],
    names: dict[str, str],
    factor: int,
    words: Words,
    pictures: Pictures,
) -> Figure:
    heads = [words["original"], words["altered"], words.difference(factor)]
    across = 1 if sum(len(pairs) for pairs in runs.values()) <= FEW else 2
    rows: list[list[Tile]] = []
    groups: list[tuple[str, int]] = []
    for run, pairs in runs.items():
        for band in bands(pairs, across):
            titles = ["", "", ""] if rows else heads
            rows.append(
                [tile for pair in band for tile in _tiles(pair, factor, titles, words, pictures)]
            )
        groups.append((names[run], len(bands(pairs, across))))
    noted = any(any(pair.ranked) for pairs in runs.values() for pair in pairs)
    return image_grid(
        rows,
        heading=words.network(model),
        groups=groups if len(groups) > 1 else (),
        widths=(1.0, NOTES, 1.0, NOTES, 1.0) if noted else (),
    )


def _tiles(
    pair: _Pair, factor: int, titles: list[str], words: Words, pictures: Pictures
) -> list[Tile]:
    ends = {"lowest": pair.point.lowest, "highest": pair.point.highest}
    shown: list[NDArray[Any]] = [
        pictures.shown(pair.plain),
        pictures.shown(pair.altered, **ends),
        amplified(pair.difference, factor),
    ]
    captions = _captions(pair.point, words)
    if any(pair.ranked):
        captions = ["", *_sizes(pair.point, words)]
    tiles = [
        Tile(picture, title=title, caption=caption)
        for picture, title, caption in zip(shown, titles, captions, strict=True)
    ]
    if any(pair.ranked):
        before, after = (Tile(notes=_lines(classes, words)) for classes in pair.ranked)
        return [tiles[0], before, tiles[1], after, tiles[2]]
    return tiles


def _lines(classes: Ranked, words: Words) -> tuple[str, ...]:
    """A line for each class: its probability, which must not be cut off, and its name."""
    return tuple(
        words["ranked"].format(words.percent(share), words.class_name(index))
        for index, share in classes
    )


def _captions(point: AttackPoint, words: Words) -> list[str]:
    """Label and confidence before, target and confidence after, size of the change."""
    before = words.percent(point.confidence_label_before)
    after = words.percent(point.confidence_target_after)
    reached = "confidence" if point.fooled_png else "confidence_not_reached"
    target = "" if point.target is None else words.class_name(point.target)
    return [
        words["confidence"].format(words.class_name(point.label), before),
        words[reached].format(target, after),
        ", ".join(filter(None, _sizes(point, words))),
    ]


def _sizes(point: AttackPoint, words: Words) -> tuple[str, str]:
    """Two norms of the change, empty where they were not measured."""
    if point.l2_png is None or point.rms_png is None:
        return "", ""
    return words["norm_l2"].format(point.l2_png), words["norm_rms"].format(point.rms_png)
