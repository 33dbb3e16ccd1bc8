"""Whether an image that was made to fool one model fools another.

The judge is handed the 8-bit image that the attack has kept (what its PNG holds), resized to the
judge's input by one stated filter; where both inputs have one size, nothing is resized. Beside it
are two controls, both handed over in the same way:

    noise    the photograph at the other model's input plus Gaussian noise of the L2 norm of the
             8-bit perturbation: what any change of that length does
    resized  that photograph alone: what the change of size and crop does

Each is compared with what the judge sees in the photograph as it takes it itself. Only photographs
that the attacked model names rightly were attacked; of these, those count that the judge names
rightly too (`correct_before`). Transfer between networks: Szegedy et al. 2014, section 4.2;
targeted and untargeted apart: Liu et al. 2017. A judge that is the attacked model itself gives what
its own PNG is taken for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Judged, Pixels, Record
from inputgrad.engine.scoring import Logits, confidences, is_fooled, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.noise import with_noise
from inputgrad.images.resizing import resized
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.tables.columns import Column

IMAGE = "image"  # the array of an attack; `image_<steps>`, so many steps beyond the first fooling

Key = tuple[Any, ...]

COLUMNS = (
    Column(
        name="beyond",
        kind="whole",
        unit="iterations",
        low=0,
        key=True,
        meaning="Steps that the attack made after the model for which the image was made was "
        "fooled.",
    ),
    Column(
        name="target",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        meaning="The class that the attack aimed at; null where any but the label will do.",
    ),
    Column(
        name="prediction_before",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        meaning="What the judge sees in the photograph as it takes it itself.",
    ),
    Column(name="correct_before", kind="flag", meaning="That is the label."),
    Column(
        name="prediction",
        kind="whole",
        unit="class",
        low=0,
        high=999,
        meaning="What the judge sees in the adversarial image.",
    ),
    Column(
        name="success",
        kind="flag",
        meaning="That is the target; untargeted: another class than the label.",
    ),
    Column(
        name="prediction_changed",
        kind="flag",
        meaning="That is another class than in the photograph.",
    ),
    Column(
        name="confidence_label",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the label for the adversarial image.",
    ),
    Column(
        name="confidence_target",
        kind="real",
        unit="probability",
        low=0,
        high=1,
        meaning="Probability of the target for it.",
    ),
    Column(
        name="noise_success",
        kind="flag",
        meaning="As `success`, for noise of the same L2 norm in place of the perturbation.",
    ),
    Column(
        name="noise_changed",
        kind="flag",
        meaning="As `prediction_changed`, for that noise.",
    ),
    Column(
        name="resized_success",
        kind="flag",
        meaning="As `success`, for the photograph without a perturbation, resized as the "
        "adversarial image.",
    ),
    Column(
        name="resized_changed",
        kind="flag",
        meaning="As `prediction_changed`, for that photograph.",
    ),
)


class Parameters(Settings):
    """How an image comes to another size."""

    interpolation: Literal["bilinear", "bicubic"] = Field(
        "bicubic",
        description="How images are resized where the judge's input is of another size "
        "(antialiased).",
    )


@dataclass(frozen=True)
class _Scores:
    """Of one adversarial image, and of what it is compared with."""

    photograph: Logits  # as the judge takes it itself
    image: Logits
    noise: Logits
    resized: Logits


def judge(judged: Sequence[Judged], parameters: Parameters, tools: Tools) -> Iterator[list[Record]]:
    """For each photograph one record for each image of it, none where it was not attacked."""
    pictures: dict[Key, Pixels] = {}  # each is scored once
    for position, one in enumerate(judged):
        pictures |= _pictures(position, one, parameters, tools)
    logits = score_images(tools.classifier, pictures.values(), slots=tools.slots)
    scores = dict(zip(pictures, logits, strict=True))
    for position, one in enumerate(judged):
        yield [
            _record(one, name, _Scores(*(scores[key] for key in _keys(position, one, name))))
            for name in _images(one)
        ]


def _pictures(
    position: int, judged: Judged, parameters: Parameters, tools: Tools
) -> dict[Key, Pixels]:
    """What is scored for one photograph, at the judge's input size."""
    found: dict[Key, Pixels] = {}
    original, side = judged.outcome.item.image.pixels, tools.classifier.input_size
    for name, pixels in _images(judged).items():
        assert judged.photograph is not None, "a photograph that was attacked can be read"
        own, *others = _keys(position, judged, name)
        handed_over = (pixels, _noise(judged, pixels, seed=tools.seed), original)
        found[own] = judged.photograph
        for key, picture in zip(others, handed_over, strict=True):
            found[key] = resized(picture, side, interpolation=parameters.interpolation)
    return found


def _keys(position: int, judged: Judged, name: str) -> tuple[Key, Key, Key, Key]:
    """Names of the pictures in the order of `_Scores`; those without a perturbation are shared."""
    image = judged.outcome.item.image
    clean = (image.image_id, image.pixels.tobytes())  # models may take it otherwise
    own = ("photograph", image.image_id)
    return own, ("image", position, name), ("noise", position, name), ("resized", *clean)


def _images(judged: Judged) -> dict[str, Pixels]:
    """The adversarial images of a photograph by the name of their array."""
    arrays = judged.outcome.arrays
    return {n: arrays[n] for n in sorted(arrays) if n == IMAGE or n.startswith(f"{IMAGE}_")}


def _beyond(name: str) -> int:
    return 0 if name == IMAGE else int(name.removeprefix(f"{IMAGE}_"))


def _noise(judged: Judged, pixels: Pixels, *, seed: int) -> Pixels:
    image = judged.outcome.item.image
    original = to_tensor(image.pixels)
    length = float(torch.linalg.vector_norm((to_tensor(pixels) - original).double()))
    drawn = generator(seed, image.image_id, "control")
    return to_pixels(with_noise(original, length, generator=drawn))


def _record(judged: Judged, name: str, scores: _Scores) -> Record:
    label, target = judged.outcome.item.image.label, judged.outcome.rows[0]["target"]
    before, probability = int(scores.photograph.argmax()), confidences(scores.image)

    def verdict(logits: Logits) -> tuple[bool, bool]:
        """Whether it is a success, and whether the prediction has changed."""
        seen = int(logits.argmax())
        return is_fooled(seen, label=label, target=target), seen != before

    success, changed = verdict(scores.image)
    noise_success, noise_changed = verdict(scores.noise)
    resized_success, resized_changed = verdict(scores.resized)
    return Record(
        {
            "beyond": _beyond(name),
            "target": target,
            "prediction_before": before,
            "correct_before": before == label,
            "prediction": int(scores.image.argmax()),
            "success": success,
            "prediction_changed": changed,
            "confidence_label": float(probability[label]),
            "confidence_target": None if target is None else float(probability[target]),
            "noise_success": noise_success,
            "noise_changed": noise_changed,
            "resized_success": resized_success,
            "resized_changed": resized_changed,
        }
    )
