"""Whether a network recognises the class in pictures that another one has drawn.

Beside it the *floor*, the picture that the ascent began with, where the run keeps it, and the
*ceiling*, real photographs: those of the classes drawn, where the sample has any, else all of the
sample, each by its own class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

import pandas as pd

from inputgrad.report.summaries.data import Data, median_of, rate_of, values
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate

FIRST = 5  # ranks that count as recognised beside the first


class Photographs(StrEnum):
    """Which photographs make the ceiling."""

    OF_THE_CLASSES = "of_the_classes"
    OF_THE_SAMPLE = "of_the_sample"  # it has none of the classes drawn


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a network says of real photographs."""

    judge: str
    photographs: Photographs
    top1: Estimate
    top5: Estimate


@dataclass(frozen=True, slots=True)
class Recognised:
    """Pictures that `source` has drawn, as `judge` sees them; n are the classes.

    `rank` is the median rank of the class drawn, `probability` the median of its probability;
    `floor_*` are of the starts; `surer` is the share of the pictures in which the class is more
    probable than in their start.
    """

    source: str
    judge: str
    top1: Estimate
    top5: Estimate
    rank: Estimate
    probability: Estimate
    floor_top1: Estimate
    floor_top5: Estimate
    floor_probability: Estimate
    surer: Estimate
    classes: Mapping[int, bool]  # class drawn -> whether it is what the judge sees
    moves: Mapping[int, tuple[float, float]]  # class drawn -> its probability, start and end

    @property
    def own(self) -> bool:
        """Whether a network looks at its own pictures."""
        return self.source == self.judge


@dataclass(frozen=True, slots=True)
class Recognition:
    """One run: every network's pictures before every network, and the ceiling of each."""

    run: str
    rows: tuple[Recognised, ...]
    ceilings: tuple[Ceiling, ...]

    def of(self, source: str, judge: str) -> Recognised | None:
        """One pair, or None."""
        return next((r for r in self.rows if (r.source, r.judge) == (source, judge)), None)

    def ceiling(self, judge: str) -> Ceiling | None:
        """That of one network, or None where it saw no photograph."""
        return next((ceiling for ceiling in self.ceilings if ceiling.judge == judge), None)

    @property
    def between(self) -> tuple[Recognised, ...]:
        """Pairs of two networks."""
        return tuple(row for row in self.rows if not row.own)


def recognitions(data: Data) -> Mapping[str, Recognition]:
    """Run -> its matrix, in the order of the configuration, without runs that nobody judged."""
    found = {run: _recognition(data, run) for run in data.context.runs["class_visualization"]}
    return {run: recognition for run, recognition in found.items() if recognition.rows}


def _recognition(data: Data, run: str) -> Recognition:
    rows = data.tables["recognition"]
    rows = rows[rows["run"].eq(run)]
    pairs = product(data.models, data.models)
    recognised = tuple(
        _recognised(own, source, judge)
        for source, judge in pairs
        if len(own := rows[rows["source_model"].eq(source) & rows["model"].eq(judge)])
    )
    drawn = frozenset(int(c) for c in rows["class_index"])
    judges = [model for model in data.models if any(row.judge == model for row in recognised)]
    ceilings = (_ceiling_of(data, judge, drawn) for judge in judges)
    return Recognition(run, recognised, tuple(c for c in ceilings if c is not None))


def _recognised(rows: pd.DataFrame, source: str, judge: str) -> Recognised:
    known = rows.dropna(subset=["top1"])
    both = rows.dropna(subset=["probability", "floor_probability"])
    return Recognised(
        source=source,
        judge=judge,
        top1=rate_of(rows, "top1"),
        top5=rate_of(rows, "top5"),
        rank=median_of(rows, "rank"),
        probability=median_of(rows, "probability"),
        floor_top1=rate_of(rows, "floor_top1"),
        floor_top5=rate_of(rows, "floor_top5"),
        floor_probability=median_of(rows, "floor_probability"),
        surer=rate(int((both["probability"] > both["floor_probability"]).sum()), len(both)),
        classes={int(c): bool(t) for c, t in zip(known["class_index"], known["top1"], strict=True)},
        moves={
            int(index): (float(start), float(end))
            for index, start, end in zip(
                both["class_index"], both["floor_probability"], both["probability"], strict=True
            )
        },
    )


def _ceiling_of(data: Data, judge: str, drawn: frozenset[int]) -> Ceiling | None:
    """`_ceiling`, once for all runs that draw the same classes."""
    made = ("ceiling", judge, drawn)
    return data.once(made, lambda: _ceiling(data.of_model("predictions", judge), judge, drawn))


def _ceiling(rows: pd.DataFrame, judge: str, drawn: frozenset[int]) -> Ceiling | None:
    """Of photographs of the classes drawn, or without any of all; None without a photograph."""
    of_classes = rows[rows["label"].isin(drawn)]
    chosen = of_classes if len(of_classes) else rows
    ranks = values(chosen, "label_rank")
    if not ranks:
        return None
    return Ceiling(
        judge,
        Photographs.OF_THE_CLASSES if len(of_classes) else Photographs.OF_THE_SAMPLE,
        top1=rate(sum(rank == 1 for rank in ranks), len(ranks)),
        top5=rate(sum(rank <= FIRST for rank in ranks), len(ranks)),
    )
