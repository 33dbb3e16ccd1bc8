"""Which photographs a model takes to be like a picture that was drawn, and whether on their way.

For every photograph of the sample: the score that the model gives it for the class drawn, by which
the *top-activating* photographs are found, and how similar picture and photograph are in the
model's layers (Pearson's correlation of the channel means, `engine/activations.py`). The photograph
that is nearest in the last feature maps of *another* network tells what the picture looks like to
one that had no part in it.

Whether a picture goes the way of photographs is asked as in Geirhos et al. 2023, "Don't trust your
eyes: on the (un)reliability of feature visualizations" (arXiv 2306.04719): layer by layer, is it as
similar to photographs of its class as one of these is to another, or only as similar as they are to
photographs of other classes? So beside each similarity of the picture (`picture_early`) is that of
the sample's first photograph of the class (`class_early`). Deviations: means over the positions
instead of whole activations, and the pairs of photographs that a small sample has.

A row depends on its picture, its photograph and the class's first one alone: a cell is a picture
and a batch of photographs, so further photographs cost what looking at them costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.activations import LOGITS, STAGES, Activations, activations, similarity
from inputgrad.engine.beside import Beside
from inputgrad.engine.records import Judged, LabelledImage, Pixels, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.resizing import resized
from inputgrad.tables.columns import Column

TAKES_PHOTOGRAPHS = True
FIRST_RUN_ALONE = True  # where the configuration names no runs

COLUMNS = (
    Column(name="image_id", kind="text", key=True, meaning="The photograph beside the picture."),
    Column(name="label", kind="whole", meaning="The photograph's class."),
    Column(
        name="score",
        kind="real",
        unit="logit",
        better="higher",
        meaning="The judge's logit of the class drawn for the photograph.",
    ),
    Column(
        name="picture_early",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="Correlation of the channel means of picture and photograph, at the end of the "
        "third resolution from the last; null in a network without feature maps.",
    ),
    Column(
        name="picture_middle",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="The same one resolution later.",
    ),
    Column(
        name="picture_last",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="The same for the last feature maps.",
    ),
    Column(
        name="picture_logits",
        kind="real",
        low=-1,
        high=1,
        better="higher",
        meaning="The same for the logits.",
    ),
    Column(
        name="class_early",
        kind="real",
        low=-1,
        high=1,
        meaning="As `picture_early`, for the first photograph of the class in the sample in place "
        "of the picture; null where it has none, and for that photograph itself.",
    ),
    Column(name="class_middle", kind="real", low=-1, high=1, meaning="One resolution later."),
    Column(name="class_last", kind="real", low=-1, high=1, meaning="For the last feature maps."),
    Column(name="class_logits", kind="real", low=-1, high=1, meaning="For the logits."),
)


class Parameters(Settings):
    """How many photographs, and how a picture comes to another size."""

    photographs: int = Field(
        200,
        ge=1,
        description="Photographs that a picture is laid beside: those of the first batches of the "
        "sample that hold so many.",
    )
    interpolation: Literal["bilinear", "bicubic"] = Field(
        "bicubic",
        description="How pictures are resized where the judge's input is of another size "
        "(antialiased).",
    )


def judge(
    judged: Sequence[Judged], beside: Sequence[Beside], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each picture one record for each photograph beside it."""
    side = tools.classifier.input_size
    pictures = [resized(_last(one), side, interpolation=parameters.interpolation) for one in judged]
    seen: dict[bytes | str, Pixels] = {_key(picture): picture for picture in pictures}
    for own_photographs in beside:
        prototype = own_photographs.of_the_class
        of_the_class = () if prototype is None else (prototype,)
        images = (*own_photographs.photographs, *of_the_class)
        seen |= {image.image_id: image.pixels for image in images}
    found = activations(tools.classifier, seen.values(), slots=tools.slots)
    known = dict(zip(seen, found, strict=True))
    for one, photographs, picture in zip(judged, beside, pictures, strict=True):
        class_index, own = one.outcome.item.class_index, known[_key(picture)]
        yield [
            Record(_row(class_index, own, image, photographs.of_the_class, known))
            for image in photographs.photographs
        ]


def _last(judged: Judged) -> Pixels:
    picture: Pixels = judged.outcome.arrays["snapshots"][-1]
    return picture


def _key(picture: NDArray[np.uint8]) -> bytes:
    return picture.tobytes()


def _row(
    class_index: int,
    picture: Activations,
    image: LabelledImage,
    of_the_class: LabelledImage | None,
    known: dict[bytes | str, Activations],
) -> dict[str, Any]:
    photograph = known[image.image_id]
    row: dict[str, Any] = {
        "image_id": image.image_id,
        "label": image.label,
        "score": float(photograph[LOGITS][class_index]),
    }
    row |= _similarities("picture", picture, photograph)
    if of_the_class is not None and of_the_class.image_id != image.image_id:
        row |= _similarities("class", known[of_the_class.image_id], photograph)
    return row


def _similarities(name: str, first: Activations, second: Activations) -> dict[str, float | None]:
    """By stage, where both have it."""
    shared = [stage for stage in STAGES if stage in first]
    return {f"{name}_{stage}": similarity(first[stage], second[stage]) for stage in shared}
