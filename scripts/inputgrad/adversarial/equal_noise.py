"""Noise in place of a perturbation, of the same length: the control of what an attack does.

    x + |r|_2 * n / |n|_2,  n Gaussian, |r|_2 the norm of the perturbation before rounding

rounded to 8 bits like the adversarial image.
"""

from __future__ import annotations

from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Pixels
from inputgrad.images.noise import with_noise
from inputgrad.images.tensors import to_pixels, to_tensor


def equal_noise(outcome: Outcome, *, seed: int) -> Pixels:
    """The photograph of an attack with noise of its perturbation's norm, (S, S, 3) uint8.

    From the seed and the photograph alone, so all attacks of a photograph go one way.
    """
    image = outcome.item.image
    stream = generator(seed, image.image_id, "control")
    noisy = with_noise(to_tensor(image.pixels), outcome.rows[0]["l2"], generator=stream)
    return to_pixels(noisy)
