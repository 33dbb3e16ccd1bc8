"""Which class an attack aims at.

`random` is drawn from the seed and the photograph alone: it is the same for every model, so
models can be compared by it. `runner_up` and `least_likely` depend on the model's own scores.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inputgrad.engine.randomness import other_class
from inputgrad.engine.records import LabelledImage
from inputgrad.engine.scoring import Logits

CLASSES = 1000


def choose_target(policy: str, sample: LabelledImage, logits: Logits | None, *, seed: int) -> int:
    """Class index, never the label; `logits` (1000,) are needed unless the policy is `random`."""
    if policy == "random":
        key, label = sample.image_id, sample.label
        return other_class(seed, key, "adversarial target", label=label, classes=CLASSES)
    assert logits is not None, "model-dependent policies are given the scores"
    order = np.argsort(-logits, kind="stable")
    others: Sequence[int] = [int(c) for c in order if c != sample.label]
    return others[0] if policy == "runner_up" else others[-1]
