"""Random numbers: a generator for each photograph or class and purpose, never global or per batch.

A stream is named by the seed, the key (image_id or class) and a purpose such as 'noise'.
Runs of one method share their streams, so a comparison of two settings starts from the same
noise, and renaming a run changes no number. Numbers are drawn on the CPU, so they are the same
whatever the device.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from inputgrad.hashing import stable_integer


def stream(seed: int, key: object, purpose: str) -> int:
    """Seed of the stream (seed, key, purpose), 63 bits: it fits a tensor of int64."""
    return stable_integer(seed, key, purpose)


def generator(seed: int, key: object, purpose: str) -> torch.Generator:
    """CPU generator of the stream (seed, key, purpose)."""
    return torch.Generator().manual_seed(stream(seed, key, purpose))


def other_class(seed: int, key: object, purpose: str, *, label: int, classes: int) -> int:
    """A class in [0, classes) other than `label`, uniform, from (seed, key, purpose) alone."""
    drawn = stable_integer(seed, key, purpose) % (classes - 1)
    return drawn + (drawn >= label)


class Noise:
    """Noise for the rows of a batch, each row from its own stream.

    The nth call of `normal` or `uniform` gives the nth draw of every stream, so a row's noise is
    the same whatever its neighbours. Nothing is drawn before the first call.
    """

    def __init__(self, streams: Sequence[int], like: Tensor) -> None:
        """One stream (see `stream`) for each row of `like`, whose shape and device it takes."""
        assert len(streams) == len(like), "one stream for each row"
        self._streams = streams
        self._shape, self._device = like.shape[1:], like.device
        self._generators: list[torch.Generator] = []

    def normal(self) -> Tensor:
        """The next standard normal sample of every row, float32, in the shape of `like`."""
        return self._next(torch.randn)

    def uniform(self) -> Tensor:
        """The next sample of every row, uniform in [0, 1), float32, in the shape of `like`."""
        return self._next(torch.rand)

    def _next(self, draw: Callable[..., Tensor]) -> Tensor:
        if not self._generators:
            self._generators = [torch.Generator().manual_seed(s) for s in self._streams]
        drawn = [draw(self._shape, generator=one) for one in self._generators]
        return torch.stack(drawn).to(self._device)
