"""Gradient ascent confined to a few pixels, chosen by a saliency map.

    x <- clip(x + eta * M h / |M h|_2, 0, 1),  h = dS / dx,  S the target's logit

M keeps the `share` of the pixels, all colours of each, that the label's map of the photograph ranks
highest (`salient`) or lowest (`least`), or that are drawn at random; it stays as it is while the
image moves. Every other pixel keeps its value. If a map shows what the network looks at, the most
salient pixels should take fewer steps than as many others do. The rule is that of
`gradient_ascent`, to which it is equal bit for bit at a share of 1; to attack the pixels of a map
alone is the idea of Papernot et al. 2016, who change two pixels at a time by a map that is made
anew after each change, and for the target. Pixels of equal saliency are ordered at random
(`images/ranking.py`).

The map is the outcome of another technique's run, named by `map`: the job hands it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.adversarial.attacks.gradient_ascent import UnitSteps
from inputgrad.adversarial.iterative import iterate
from inputgrad.adversarial.parameters import Iterative
from inputgrad.adversarial.records import Attack, Result
from inputgrad.config.settings import Field, SaliencyRun
from inputgrad.engine.randomness import generator
from inputgrad.engine.slots import State, Usage
from inputgrad.images.maps import Map
from inputgrad.images.ranking import ranks
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="share",
        kind="real",
        unit="share",
        low=0.05,
        high=1,
        meaning="Share of the pixels that the attack may change; null for attacks that may change "
        "all.",
    ),
    Column(
        name="pixels",
        kind="text",
        meaning="Which pixels these are, `salient`, `least` or `random`.",
    ),
)


class Parameters(Iterative):
    """Step length and pixels, beside what iterative attacks share."""

    eta: float = Field(
        0.25, gt=0, le=100, description="Length of a step, L2 norm of the change of the image."
    )
    map: SaliencyRun = Field(
        "gradient",
        description="The run of `saliency` whose map of the photograph's label orders the pixels.",
    )
    share: float = Field(0.1, ge=0.05, le=1, description="Share of the pixels that may change.")
    pixels: Literal["salient", "least", "random"] = Field(
        "salient",
        description="Those with the highest values of the map, those with the lowest, or as many "
        "drawn at random.",
    )


@dataclass(frozen=True)
class MaskedSteps(UnitSteps):
    """Update: steps of length eta along the gradient in the chosen pixels."""

    def start(self, attack: Attack, image: Tensor) -> State:
        """Step length, the pixels as a scale of 0 and 1, and the range of an image."""
        del image
        chosen = attack.run.parameters
        mask = allowed(
            attack.inputs[chosen.map]["map"],
            share=chosen.share,
            pixels=chosen.pixels,
            seed=attack.seed,
            image_id=attack.image.image_id,
        )
        return {
            "eta": torch.tensor(float(chosen.eta)),
            "scale": torch.from_numpy(mask.astype(np.float32))[None],
            "lowest": torch.zeros((1, 1, 1)),
            "highest": torch.ones((1, 1, 1)),
        }


def allowed(
    saliency: Map,
    *,
    share: float,
    pixels: Literal["salient", "least", "random"],
    seed: int,
    image_id: str,
) -> NDArray[np.bool_]:
    """Where an image (H, W) may change: the nearest whole number of pixels to a share, > 0."""
    count = max(1, round(share * saliency.size))
    if pixels == "random":
        drawn = generator(seed, image_id, "pixels of a saliency-guided attack")
        order = torch.randperm(saliency.size, generator=drawn).numpy().reshape(saliency.shape)
    else:
        order = ranks(saliency, seed=seed, image_id=image_id)
    return order >= saliency.size - count if pixels == "least" else order < count


def attack(
    classifier: Classifier, attacks: Sequence[Attack], *, slots: int, usage: Usage | None = None
) -> Iterator[tuple[int, Result]]:
    """(position, result) of every attack, in the order of finishing."""
    yield from iterate(classifier, attacks, MaskedSteps(classifier.std), slots=slots, usage=usage)
