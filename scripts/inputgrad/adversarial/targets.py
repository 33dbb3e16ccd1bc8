"""Which class an attack aims at.

`random` is drawn from the seed and the photograph alone: it is the same for every model, so
models can be compared by it. `runner_up` and `least_likely` depend on the model's own scores.
`fixed` is the class that the configuration gives. `untargeted` aims at no class: any but the label
will do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inputgrad.engine.randomness import other_class
from inputgrad.engine.records import ImageItem, LabelledImage
from inputgrad.engine.scoring import Logits, score_images
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT

BY_SCORES = ("runner_up", "least_likely")  # policies that ask the model


def choose_targets(
    classifier: Classifier, items: Sequence[ImageItem], *, seed: int, slots: int
) -> list[int | None]:
    """Target of every item by its `target_policy`; each photograph is scored at most once.

    Never the label, but for a fixed target, which may be the label or missing.
    """
    asked = {i.image.image_id: i.image.pixels for i in items if i.target_policy in BY_SCORES}
    found = score_images(classifier, asked.values(), slots=slots)
    scores = dict(zip(asked, found, strict=True))
    return [
        i.fixed_target
        if i.target_policy == "fixed"
        else choose_target(str(i.target_policy), i.image, scores.get(i.image.image_id), seed=seed)
        for i in items
    ]


def choose_target(
    policy: str, image: LabelledImage, logits: Logits | None, *, seed: int
) -> int | None:
    """Class index, never the label, or None; the policies `BY_SCORES` need logits (1000,)."""
    if policy == "untargeted":
        return None
    if policy == "random":
        key, label = image.image_id, image.label
        return other_class(seed, key, "adversarial target", label=label, classes=CLASS_COUNT)
    assert policy in BY_SCORES and logits is not None, f"{policy} is given the scores"
    order = np.argsort(-logits, kind="stable")
    others = [int(c) for c in order if c != image.label]
    return others[0] if policy == "runner_up" else others[-1]
