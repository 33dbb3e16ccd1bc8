"""Curves of the label's probability as more and more pixels of a photograph are changed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import count, pairwise

from inputgrad.engine.records import Record
from inputgrad.engine.scoring import Logits, confidences
from inputgrad.saliency.curve_columns import CURVES


def curve_records(
    curve: str, shares: Sequence[float], logits: Iterable[Logits], label: int, *, first: int
) -> list[Record]:
    """The points of a curve, rows of the table of curves, with steps from `first` on.

    shares: of the pixels that are changed.
    logits: (1000,) of the photograph so changed.
    """
    return [
        Record(
            {
                "curve": curve,
                "step": step,
                "share": share,
                "probability": float(confidences(scores)[label]),
                "correct": int(scores.argmax()) == label,
            },
            table=CURVES,
        )
        for step, share, scores in zip(count(first), shares, logits)
    ]


def probabilities(curve: Iterable[Record]) -> list[float]:
    """The label's probability at each point."""
    return [record.row["probability"] for record in curve]


def area(heights: Sequence[float]) -> float:
    """Area under a polygon through heights at equal distances, over its width.

    The sum is exact before it is rounded, so a curve and its reverse have the same area, bit for
    bit.
    """
    ends = [heights[0] / 2, heights[-1] / 2]
    return math.fsum([*ends, *heights[1:-1]]) / (len(heights) - 1)


def mean_height(shares: Sequence[float], heights: Sequence[float]) -> float:
    """Mean, from 0 to the last share, of the polygon through (0, 0) and (share, height)."""
    corners = [(0.0, 0.0), *zip(shares, heights, strict=True)]
    parts = ((b - a) * (left + right) / 2 for (a, left), (b, right) in pairwise(corners))
    return math.fsum(parts) / shares[-1]
