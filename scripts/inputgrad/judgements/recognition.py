"""Whether a model recognises the class in a picture that was drawn by another one.

The judge is handed the picture at the end of the ascent as the 8-bit image that figures show,
resized to the judge's input by one stated filter. The *floor* is the picture that the ascent began
with, handed over in the same way, where the run keeps it; the ceiling, real photographs of the
class, is in the table `predictions`. A picture that only its own network recognises shows what that
network reacts to, not what the class looks like (Nguyen, Yosinski and Clune 2015). A judge that is
the drawing model itself gives what that says of its own picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Judged, Pixels, Record
from inputgrad.engine.scoring import Logits, confidences, rank, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.resizing import resized
from inputgrad.tables.columns import Column

OF_THE_RUN = ("method", "eta", "lambda", "init", "iteration")  # from the row of the judged picture

COLUMNS = (
    Column(name="method", kind="text", meaning="Method of the run."),
    Column(name="eta", kind="real", low=0, meaning="Step size of the run."),
    Column(name="lambda", kind="real", low=0, meaning="Weight of the run's L2 penalty."),
    Column(
        name="init",
        kind="text",
        meaning="Start: `noise`, or the image_id of the photograph that the ascent begins with.",
    ),
    Column(name="iteration", kind="whole", low=0, meaning="Steps made until the judged picture."),
    Column(
        name="prediction",
        kind="whole",
        low=0,
        high=999,
        meaning="What the judge sees in the picture.",
    ),
    Column(name="top1", kind="flag", meaning="That is the class drawn."),
    Column(name="top5", kind="flag", meaning="The class drawn is among the judge's first five."),
    Column(
        name="rank",
        kind="whole",
        low=1,
        high=1000,
        better="lower",
        meaning="Rank of the class drawn among the judge's scores; 1 where it has the highest.",
    ),
    Column(
        name="probability",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="The judge's softmax probability of the class drawn.",
    ),
    Column(
        name="floor_top1",
        kind="flag",
        meaning="As `top1`, for the start; null where the run does not keep it.",
    ),
    Column(name="floor_top5", kind="flag", meaning="As `top5`, for the start."),
    Column(name="floor_rank", kind="whole", low=1, high=1000, meaning="As `rank`, for the start."),
    Column(
        name="floor_probability",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="As `probability`, for the start.",
    ),
)


class Parameters(Settings):
    """How a picture comes to another size."""

    interpolation: Literal["bilinear", "bicubic"] = Field(
        "bicubic",
        description="How pictures are resized where the judge's input is of another size "
        "(antialiased).",
    )


def judge(judged: Sequence[Judged], parameters: Parameters, tools: Tools) -> Iterator[list[Record]]:
    """For each class one record, of the end of its ascent."""
    side = tools.classifier.input_size
    pictures = (
        resized(picture, side, interpolation=parameters.interpolation)
        for one in judged
        for picture in _pictures(one)
    )
    scores = iter(score_images(tools.classifier, pictures, slots=tools.slots))
    for one in judged:
        class_index, last = one.outcome.item.class_index, one.outcome.rows[-1]
        end, *start = [next(scores) for _ in _pictures(one)]
        row = {name: last[name] for name in OF_THE_RUN} | {"prediction": int(end.argmax())}
        row |= recognised(end, class_index)
        for logits in start:
            found = recognised(logits, class_index)
            row |= {f"floor_{name}": value for name, value in found.items()}
        yield [Record(row)]


def _pictures(judged: Judged) -> list[Pixels]:
    """The end of an ascent, and its start where that is kept."""
    snapshots, rows = judged.outcome.arrays["snapshots"], judged.outcome.rows
    return [snapshots[-1], *(snapshots[:1] if rows[0]["iteration"] == 0 else ())]


def recognised(logits: Logits, class_index: int) -> dict[str, Any]:
    """Whether and how well a class is recognised by logits (1000,)."""
    place = rank(logits, class_index)
    return {
        "top1": place == 1,
        "top5": place <= 5,
        "rank": place,
        "probability": float(confidences(logits)[class_index]),
    }
