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

import pandas as pd

from inputgrad.report.summaries.data import Data, values
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.families import holm
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired
from inputgrad.statistics.rates import rate

STAGES = ("early", "middle", "last", "logits")  # of a network, from the image to the scores
NEAREST_BY = "picture_last"  # the similarity that decides which photograph is nearest
SHOWN = 3  # photographs of a class by their score


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
    one is of the class.
    """

    source: str
    judge: str
    photographs: int
    highest: Mapping[int, tuple[Found, ...]]
    nearest: Mapping[int, Found]
    share_highest: Estimate
    share_nearest: Estimate
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


def likenesses(data: Data) -> tuple[Likeness, ...]:
    """Of the main run, every network's pictures in every network, adjusted as one family."""
    rows = data.tables["likeness"]
    rows = rows[rows["run"].eq(data.context.main_runs["class_visualization"])]
    pairs = product(data.models, data.models)
    found = [
        _likeness(source, judge, own)
        for source, judge in pairs
        if len(own := rows[rows["source_model"].eq(source) & rows["model"].eq(judge)])
    ]
    results = {f"{i} {s.stage}": s.result for i, one in enumerate(found) for s in one.stages}
    adjusted = holm(results)
    return tuple(
        replace(
            one,
            stages=tuple(replace(s, result=adjusted[f"{i} {s.stage}"]) for s in one.stages),
        )
        for i, one in enumerate(found)
    )


def _likeness(source: str, judge: str, rows: pd.DataFrame) -> Likeness:
    classes = {int(str(index)): own for index, own in rows.groupby("class_index")}
    highest = {index: _first(own, "score", SHOWN) for index, own in classes.items()}
    nearest = {index: _first(own, NEAREST_BY, 1) for index, own in classes.items()}
    known = [i for i, own in classes.items() if own["label"].eq(i).any()]
    return Likeness(
        source,
        judge,
        rows["image_id"].nunique(),
        highest,
        {index: found[0] for index, found in nearest.items() if found},
        _hits(highest, known),
        _hits(nearest, known),
        tuple(_stage(stage, classes) for stage in STAGES),
    )


def _first(rows: pd.DataFrame, by: str, number: int) -> tuple[Found, ...]:
    """Photographs with the largest values, of equal ones the smaller image_id first."""
    best = rows.dropna(subset=[by]).sort_values([by, "image_id"], ascending=[False, True])
    chosen = best.head(number)
    columns = zip(chosen["image_id"], chosen["label"], chosen[by], strict=True)
    return tuple(Found(str(i), int(label), float(value)) for i, label, value in columns)


def _hits(found: Mapping[int, tuple[Found, ...]], known: list[int]) -> Estimate:
    tried = [(index, found[index][0]) for index in known if found[index]]
    return rate(sum(own.label == index for index, own in tried), len(tried))


def _stage(stage: str, classes: Mapping[int, pd.DataFrame]) -> Stage:
    own, others, natural = [], [], []
    pairs: list[tuple[float, float]] = []
    for index, rows in classes.items():
        of_class = rows["label"].eq(index)
        a = _mean(values(rows[of_class], f"picture_{stage}"))
        b = _mean(values(rows[~of_class], f"class_{stage}"))
        c = _mean(values(rows[~of_class], f"picture_{stage}"))
        own += [a] if a is not None else []
        natural += [b] if b is not None else []
        others += [c] if c is not None else []
        if a is not None and b is not None:
            pairs.append((a, b))
    result = paired([a for a, _ in pairs], [b for _, b in pairs])
    return Stage(stage, median(own), median(others), median(natural), result)


def _mean(found: list[float]) -> float | None:
    return math.fsum(found) / len(found) if found else None
