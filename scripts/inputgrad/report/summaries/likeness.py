"""Photographs beside the pictures of classes: which are like them, and whether on the way there.

By class: the photographs that a network scores highest for the class, and the one nearest to the
picture in a network's last feature maps. By stage of a network: how similar the picture is to
photographs of its class, beside how similar photographs of the class are to those of other classes
(`judgements/likeness.py`); each class is one pair, of means over the photographs that the sample
has. A picture that goes the way of photographs is more similar to those of its class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from inputgrad.report.summaries.data import Data, floats, places
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired
from inputgrad.statistics.rates import rate

STAGES = ("early", "middle", "last", "logits")  # of a network, from the image to the scores
KINDS = ("picture", "class")  # what is similar to a photograph
NEAREST_BY = "picture_last"  # the similarity that decides which photograph is nearest
SHOWN = 3  # photographs of a class by their score

Where = NDArray[np.intp]  # places in the table


class Way(StrEnum):
    """Where a stage puts the pictures: beside photographs of their class, or not."""

    NATURAL = "natural"  # nearer to them than those are to photographs of other classes
    APART = "apart"  # further from them
    OPEN = "open"
    TOO_FEW = "too_few"


WAYS = {
    Verdict.HIGHER: Way.NATURAL,
    Verdict.LOWER: Way.APART,
    Verdict.NO_DIFFERENCE: Way.OPEN,
    Verdict.TOO_FEW: Way.TOO_FEW,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A photograph beside a picture: `value` is its score, or its similarity to the picture."""

    image_id: str
    label: int
    value: float


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: medians over the classes of similarities to photographs, and their comparison.

    `own`: picture and photographs of its class; `others`: picture and photographs of others;
    `natural`: photographs of the class and of others. `result`: `own` against `natural`.
    """

    stage: str
    own: Estimate
    others: Estimate
    natural: Estimate
    result: Comparison

    @property
    def way(self) -> Way:
        """What the comparison says."""
        return WAYS[self.result.verdict]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Pictures by `source` beside photographs, in `judge`.

    `highest` and `nearest`: class -> photographs by their score, and the nearest one. The shares
    are of the classes of which the sample has photographs: that the highest-scoring or the nearest
    one is of the class; `by_chance` how often one drawn at random would be, None without such.
    """

    source: str
    judge: str
    photographs: int
    highest: Mapping[int, tuple[Found, ...]]
    nearest: Mapping[int, Found]
    share_highest: Estimate
    share_nearest: Estimate
    by_chance: float | None
    stages: tuple[Stage, ...]

    @property
    def own(self) -> bool:
        """Whether a network looks at its own pictures."""
        return self.source == self.judge

    @property
    def by_way(self) -> Mapping[Way, tuple[str, ...]]:
        """Every place of the pictures -> the stages that put them there, in their order."""
        return {
            way: tuple(s.stage for s in self.stages if s.others.n and s.way is way) for way in Way
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The table's columns as arrays: a large sample has ten million rows."""

    labels: NDArray[np.int64]
    ids: NDArray[np.object_]  # every image_id once, in order
    photographs: NDArray[np.intp]  # the place of a row's image_id among these
    values: Mapping[str, NDArray[np.float64]]


def likenesses(data: Data) -> tuple[Likeness, ...]:
    """Of the main run, every network's pictures in every network, adjusted as one family."""
    rows = data.tables["likeness"]
    columns = ["score", *(f"{kind}_{stage}" for kind in KINDS for stage in STAGES)]
    photographs, ids = pd.factorize(rows["image_id"], sort=True)
    table = _Table(
        rows["label"].to_numpy(),
        np.asarray(ids, dtype=object),
        photographs,
        {name: floats(rows[name]) for name in columns},
    )
    run = data.context.main_runs["class_visualization"]
    groups = _places(rows, ["run", "source_model", "model", "class_index"])
    found = []
    for source, judge in product(data.models, data.models):
        of_pair = sorted(key for key in groups if key[:-1] == (run, source, judge))
        classes = {int(key[-1]): groups[key] for key in of_pair}
        found += [_likeness(source, judge, table, classes)] if classes else []
    results = {f"{i} {s.stage}": s.result for i, one in enumerate(found) for s in one.stages}
    adjusted = holm(results)
    return tuple(
        replace(
            one,
            stages=tuple(replace(s, result=adjusted[f"{i} {s.stage}"]) for s in one.stages),
        )
        for i, one in enumerate(found)
    )


def _places(rows: pd.DataFrame, columns: list[str]) -> dict[tuple[Any, ...], Where]:
    """Values of some columns -> where its rows are, in their order."""
    number = np.zeros(len(rows), np.int64)
    values = []
    for column in columns:
        codes, found = pd.factorize(rows[column])
        number = number * len(found) + codes
        values.append(found)
    sizes = [len(found) for found in values]
    return {
        tuple(found[i] for found, i in zip(values, np.unravel_index(key, sizes), strict=True)): own
        for key, own in places(pd.Series(number)).items()
    }


def _likeness(source: str, judge: str, table: _Table, classes: Mapping[int, Where]) -> Likeness:
    highest = {index: _first(table, own, "score", SHOWN) for index, own in classes.items()}
    nearest = {index: _first(table, own, NEAREST_BY, 1) for index, own in classes.items()}
    of_class = {index: float((table.labels[own] == index).mean()) for index, own in classes.items()}
    known = [index for index, share in of_class.items() if share]
    every = np.concatenate([*classes.values()])
    return Likeness(
        source,
        judge,
        len(np.unique(table.photographs[every])),
        highest,
        {index: found[0] for index, found in nearest.items() if found},
        _hits(highest, known),
        _hits(nearest, known),
        math.fsum(of_class[index] for index in known) / len(known) if known else None,
        tuple(_stage(stage, table, classes) for stage in STAGES),
    )


def _first(table: _Table, own: Where, by: str, number: int) -> tuple[Found, ...]:
    """Photographs with the largest values, of equal ones the smaller image_id first."""
    values = table.values[by][own]
    known = np.flatnonzero(~np.isnan(values))
    if len(known) > number:  # those that are not among the largest need not be sorted
        least = np.partition(values[known], len(known) - number)[len(known) - number]
        known = known[values[known] >= least]
    photographs = table.photographs[own[known]]
    best = known[np.lexsort((photographs, -values[known]))][:number]
    return tuple(
        Found(str(table.ids[table.photographs[row]]), int(table.labels[row]), float(value))
        for row, value in zip(own[best], values[best], strict=True)
    )


def _hits(found: Mapping[int, tuple[Found, ...]], known: list[int]) -> Estimate:
    tried = [(index, found[index][0]) for index in known if found[index]]
    return rate(sum(own.label == index for index, own in tried), len(tried))


def _stage(stage: str, table: _Table, classes: Mapping[int, Where]) -> Stage:
    own, others, natural = [], [], []
    pairs: list[tuple[float, float]] = []
    for index, where in classes.items():
        of_class = table.labels[where] == index
        pictures, photographs = (table.values[f"{kind}_{stage}"][where] for kind in KINDS)
        a, b = _mean(pictures[of_class]), _mean(photographs[~of_class])
        c = _mean(pictures[~of_class])
        own += [a] if a is not None else []
        natural += [b] if b is not None else []
        others += [c] if c is not None else []
        if a is not None and b is not None:
            pairs.append((a, b))
    result = paired([a for a, _ in pairs], [b for _, b in pairs])
    return Stage(stage, median(own), median(others), median(natural), result)


def _mean(found: NDArray[np.float64]) -> float | None:
    known = found[~np.isnan(found)].tolist()
    return math.fsum(known) / len(known) if known else None
