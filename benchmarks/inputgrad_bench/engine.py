"""Our side of the measurements: the slot engine as a job of the workflow uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from inputgrad.adversarial.attacks import gradient_ascent
from inputgrad.adversarial.records import Attack
from inputgrad.adversarial.targets import choose_target
from inputgrad.engine.determinism import set_up
from inputgrad.engine.records import LabelledImage, Pixels, Run
from inputgrad.engine.slots import Usage
from inputgrad.images.decoding import decode, fit
from inputgrad_bench import networks
from inputgrad_bench.setting import ETA, Photo, Task

if TYPE_CHECKING:
    from inputgrad.models.classifier import Classifier

METHOD = "gradient_ascent"


@dataclass(frozen=True)
class Job:
    """What a job has at hand before it is timed."""

    task: Task
    classifier: Classifier

    def samples(self) -> list[LabelledImage]:
        """Read, decode and fit the job's photographs."""
        return [sample(photo, self.classifier) for photo in self.task.photographs]

    def attack(self, attacks: Sequence[Attack]) -> Usage:
        """Run attacks to their ends; how the slots were used."""
        usage = Usage()
        for _ in gradient_ascent.attack(
            self.classifier, attacks, slots=self.task.slots, usage=usage
        ):
            pass
        return usage


def job(task: Task) -> Job:
    """Set torch up as a job does, and load the network."""
    set_up(torch.device(task.device), threads=1)
    return Job(task, networks.load(task.network, task.device, slots=task.slots))


def sample(photo: Photo, classifier: Classifier) -> LabelledImage:
    """A photograph at the network's input size, named after its file."""
    path = Path(photo.path)
    return LabelledImage(path.name, photo.label, pixels(path, classifier))


def pixels(path: Path, classifier: Classifier) -> Pixels:
    """(S, S, 3) of a file: decoded, resized, cropped."""
    return fit(
        decode(path.read_bytes()),
        resize=classifier.resize_size,
        crop=classifier.input_size,
        interpolation=classifier.interpolation,
    )


def target_of(photo: Photo) -> int:
    """The class that an attack on a photograph aims at, the same on every side."""
    nameless = LabelledImage(Path(photo.path).name, photo.label, np.empty((0, 0, 3), np.uint8))
    return _random_target(nameless)


def attacks(samples: Sequence[LabelledImage], **settings: Any) -> list[Attack]:
    """One targeted attack a photograph; `settings` beside those of the practical work."""
    parameters = gradient_ascent.Parameters(**{"eta": ETA, "budget": 100, **settings})
    run = Run("ascent", METHOD, parameters)
    return [Attack(sample, run, _random_target(sample)) for sample in samples]


def _random_target(image: LabelledImage) -> int:
    target = choose_target("random", image, None, seed=0)
    assert target is not None, "a random target is a class"
    return target
