"""Whether the network still takes the last image for its class after a small change of the picture.

Shifted by a fourteenth of the side with wrap-around, blurred by a Gaussian of one pixel, as a JPEG
file of quality 75, and halved in size and enlarged again (bilinear): changes that hardly alter what
a person sees. A picture that depends on exact pixels does not outlive them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from inputgrad.config.settings import Settings
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.blurring import gaussian_blur
from inputgrad.images.decoding import through_jpeg
from inputgrad.images.resizing import there_and_back
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.tables.columns import Column

QUALITY = 75

COLUMNS = (
    Column(
        name="probability_shifted",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="Probability of the class for the last image shifted by a fourteenth of the side.",
    ),
    Column(
        name="probability_blurred",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="The same after a Gaussian blur with a standard deviation of one pixel.",
    ),
    Column(
        name="probability_jpeg",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="The same for a JPEG file of quality 75.",
    ),
    Column(
        name="probability_resized",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        better="higher",
        meaning="The same after halving the size and enlarging again.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """For each outcome one record, of its last iteration."""
    del parameters
    for outcome in outcomes:
        picture = outcome.arrays["snapshots"][-1]
        changed = [change(picture) for change in CHANGES.values()]
        logits = score_images(tools.classifier, changed, slots=tools.slots)
        found = [float(confidences(scores)[outcome.item.class_index]) for scores in logits]
        last = {"iteration": outcome.rows[-1]["iteration"]}
        yield [Record(last | dict(zip(CHANGES, found, strict=True)))]


def shifted(picture: Pixels) -> Pixels:
    """Rolled down and right."""
    offset = max(1, len(picture) // 14)
    return np.roll(picture, (offset, offset), (0, 1))


def blurred(picture: Pixels) -> Pixels:
    """Without its finest grain."""
    return to_pixels(gaussian_blur(to_tensor(picture), 1.0))


def as_jpeg(picture: Pixels) -> Pixels:
    """What a JPEG file of it holds."""
    return through_jpeg(picture, QUALITY)


def halved(picture: Pixels) -> Pixels:
    """Half as large, and enlarged."""
    return there_and_back(picture, len(picture) // 2)


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "probability_shifted": shifted,
    "probability_blurred": blurred,
    "probability_jpeg": as_jpeg,
    "probability_resized": halved,
}
