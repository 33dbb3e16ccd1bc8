"""The five likeliest classes before and after: what the network sees in photograph and PNG.

The photograph and the stored 8-bit image are scored by themselves, each class with its softmax
probability; of equal scores the smaller index comes first. One row for each rank, in a table of its
own, `attack_top_five`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import Logits, confidences, score_images
from inputgrad.engine.tools import Tools
from inputgrad.tables.columns import Column

TABLE = "attack_top_five"
RANKS = 5

COLUMNS = (
    Column(
        name="place",
        kind="whole",
        low=1,
        high=RANKS,
        key=True,
        table=TABLE,
        meaning="Rank of the class; 1 has the highest score.",
    ),
    Column(
        name="class_before",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        table=TABLE,
        meaning="Class of this rank in the photograph.",
    ),
    Column(
        name="probability_before",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        table=TABLE,
        meaning="Its softmax probability.",
    ),
    Column(
        name="class_after",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        table=TABLE,
        meaning="Class of this rank in the 8-bit image.",
    ),
    Column(
        name="probability_after",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        table=TABLE,
        meaning="Its softmax probability.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """Five records for each attacked photograph, none for the others."""
    del parameters
    images = (
        pixels
        for outcome in outcomes
        if "image" in outcome.arrays
        for pixels in (outcome.item.image.pixels, outcome.arrays["image"])
    )
    scores = iter(score_images(tools.classifier, images, slots=tools.slots))
    for outcome in outcomes:
        yield [*_records(next(scores), next(scores))] if "image" in outcome.arrays else []


def _records(before: Logits, after: Logits) -> Iterator[Record]:
    for place, (first, second) in enumerate(zip(_top(before), _top(after), strict=True), start=1):
        values = {"place": place, "class_before": first[0], "probability_before": first[1]}
        values |= {"class_after": second[0], "probability_after": second[1]}
        yield Record(values, table=TABLE)


def _top(logits: Logits) -> list[tuple[int, float]]:
    """(class, probability) of the highest scores, the highest first."""
    probability = confidences(logits)
    order = np.argsort(-logits, kind="stable")[:RANKS]
    return [(int(index), float(probability[index])) for index in order]
