"""What a map's photograph is asked beside its label: the same under noise, and other classes.

Drawn from the seed and the photograph alone, so that all measures, runs and models of one input
size ask the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from inputgrad.engine.randomness import generator, other_class
from inputgrad.engine.records import Outcome
from inputgrad.images.tensors import to_tensor
from inputgrad.photographs.classes import CLASS_COUNT
from inputgrad.saliency.explain import Request


def noisy_copies(outcome: Outcome, *, noise_sd: float, copies: int, seed: int) -> Iterator[Request]:
    """The label of the photograph under Gaussian noise, clipped to [0, 1], so many times."""
    photograph = outcome.item.image
    image = to_tensor(photograph.pixels)
    drawn = generator(seed, photograph.image_id, "saliency noise")
    for _ in range(copies):
        noise = torch.randn(image.shape, generator=drawn)
        noisy = (image + noise_sd * noise).clamp(0, 1)
        yield Request(outcome.item, noisy, photograph.label)


def other_classes(outcome: Outcome, *, seed: int) -> tuple[Request, Request]:
    """The photograph as a class drawn at random, and as the runner-up."""
    photograph = outcome.item.image
    other = other_class(
        seed, photograph.image_id, "saliency class", label=photograph.label, classes=CLASS_COUNT
    )
    image = to_tensor(photograph.pixels)
    asked, next_best = (
        Request(outcome.item, image, c) for c in (other, outcome.rows[0]["runner_up"])
    )
    return asked, next_best
