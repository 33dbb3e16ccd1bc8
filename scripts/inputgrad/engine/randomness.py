"""Random numbers: one generator per sample and purpose, never a global one, never per batch.

A stream is named by the seed, the sample's key (image_id or class) and a purpose such as 'noise'.
Runs of one method share their streams, so a comparison of two settings starts from the same
noise, and renaming a run changes no number. Numbers are drawn on the CPU, so they are the same
whatever the device.
"""

from __future__ import annotations

import torch

from inputgrad.hashing import stable_integer


def generator(seed: int, key: object, purpose: str) -> torch.Generator:
    """CPU generator of the stream (seed, key, purpose)."""
    return torch.Generator().manual_seed(stable_integer(seed, key, purpose))


def other_class(seed: int, key: object, purpose: str, *, label: int, classes: int) -> int:
    """A class in [0, classes) other than `label`, uniform, from (seed, key, purpose) alone."""
    drawn = stable_integer(seed, key, purpose) % (classes - 1)
    return drawn + (drawn >= label)
