"""What is left of an attack once its image has been changed as images are on their way.

The stored 8-bit image is compressed as JPEG, made smaller and larger again, or given faint noise,
and judged: does it still fool, does the label come back, or is it a third class? The photograph,
changed in the same way, is judged beside it, since what takes the label from a photograph is no
defence (Guo et al. 2018, "Countering adversarial images using input transformations"; Kurakin et
al. 2017, section 3, who ask it of printed images). One row for each change, in `attack_survival`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Annotated

import torch

from inputgrad.config.settings import Distinct, Field, Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Pixels, Record
from inputgrad.engine.scoring import is_fooled, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.decoding import through_jpeg
from inputgrad.images.resizing import there_and_back
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.tables.columns import Column

TABLE = "attack_survival"

COLUMNS = (
    Column(
        name="change",
        kind="text",
        key=True,
        table=TABLE,
        meaning="`jpeg_<quality>`, `resize_<scale>` and back, or `noise_<deviation>` in grey "
        "levels.",
    ),
    Column(
        name="success_changed",
        kind="flag",
        table=TABLE,
        meaning="The changed image is predicted as the target; untargeted: as another class than "
        "the label.",
    ),
    Column(
        name="label_returns",
        kind="flag",
        table=TABLE,
        meaning="The changed image is predicted as the label; where neither is true, as a third "
        "class.",
    ),
    Column(
        name="photograph_keeps_label",
        kind="flag",
        table=TABLE,
        meaning="The photograph, changed in the same way, is predicted as the label.",
    ),
)


class Parameters(Settings):
    """The changes."""

    jpeg: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Distinct] = Field(
        [95, 75, 50], description="Qualities of JPEG, with colour at half the resolution."
    )
    resize: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Distinct] = Field(
        [0.9], description="Scales to which the image is made smaller (bilinear), and back."
    )
    noise: Annotated[list[Annotated[float, Field(gt=0, le=255)]], Distinct] = Field(
        [2.0], description="Standard deviations of Gaussian noise, in grey levels of 255."
    )


Pair = tuple[Pixels, Pixels]  # an adversarial image and its photograph
Change = Callable[[Pair, str], Iterable[Pixels]]


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """A record for each change of each attacked photograph, none for the others."""
    changes = _changes(parameters, seed=tools.seed)
    attacked = [outcome for outcome in outcomes if "image" in outcome.arrays]
    changed = (
        pixels
        for outcome in attacked
        for change in changes.values()
        for pixels in change(_pair(outcome), outcome.item.image.image_id)
    )
    scores = iter(score_images(tools.classifier, changed, slots=tools.slots))
    for outcome in outcomes:
        if "image" not in outcome.arrays:
            yield []
            continue
        label, target = outcome.item.image.label, outcome.rows[0]["target"]
        records = []
        for name in changes:
            prediction, control = int(next(scores).argmax()), int(next(scores).argmax())
            row = {
                "change": name,
                "success_changed": is_fooled(prediction, label=label, target=target),
                "label_returns": prediction == label,
                "photograph_keeps_label": control == label,
            }
            records.append(Record(row, table=TABLE))
        yield records


def _pair(outcome: Outcome) -> Pair:
    return outcome.arrays["image"], outcome.item.image.pixels


def _changes(parameters: Parameters, *, seed: int) -> dict[str, Change]:
    """Name -> change of the pixels of an image and its photograph."""
    found: dict[str, Change] = {}
    for quality in parameters.jpeg:
        found[f"jpeg_{quality}"] = partial(_compressed, quality=quality)
    for scale in parameters.resize:
        found[f"resize_{scale:g}"] = partial(_resized, scale=scale)
    for sd in parameters.noise:
        found[f"noise_{sd:g}"] = partial(noisy, sd=sd, seed=seed)
    return found


def _compressed(pair: Pair, key: str, *, quality: int) -> Iterator[Pixels]:
    del key
    return (through_jpeg(pixels, quality) for pixels in pair)


def _resized(pair: Pair, key: str, *, scale: float) -> Iterator[Pixels]:
    del key
    return (there_and_back(pixels, max(1, round(len(pixels) * scale))) for pixels in pair)


def noisy(pair: Pair, key: str, *, sd: float, seed: int) -> Iterator[Pixels]:
    """Both with the same noise, of the photograph's own stream."""
    stream = generator(seed, key, "survival")
    noise = sd / 255 * torch.randn((3, *pair[0].shape[:2]), generator=stream)
    return (to_pixels(to_tensor(pixels) + noise) for pixels in pair)
