"""What the network says of each snapshot: score, probability and prediction.

The 8-bit images are scored as they are, unshifted: the row says what the network makes of the
picture in the report, not of the tensor inside the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.tools import Tools
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(name="score", kind="real", unit="logit", better="higher", meaning="Logit of the class."),
    Column(
        name="probability",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="Softmax probability of the class.",
    ),
    Column(
        name="prediction", kind="whole", low=0, high=999, meaning="Class with the highest score."
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome one record a snapshot."""
    del parameters
    for outcome in outcomes:
        class_index = outcome.item.class_index
        logits = score_images(tools.classifier, outcome.arrays["snapshots"], slots=tools.slots)
        yield [
            Record(
                {
                    "iteration": row["iteration"],
                    "score": float(scores[class_index]),
                    "probability": float(confidences(scores)[class_index]),
                    "prediction": int(scores.argmax()),
                }
            )
            for row, scores in zip(outcome.rows, logits, strict=True)
        ]
