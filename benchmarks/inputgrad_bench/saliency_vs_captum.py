"""Saliency maps per second, decoding included, against Captum in a DataLoader loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from inputgrad.engine.records import ImageItem, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.saliency.explain import Request, maps_of
from inputgrad.saliency.methods import gradient
from inputgrad_bench import engine, networks, notebook
from inputgrad_bench.result import Figure, Target
from inputgrad_bench.setting import Photo, Task
from inputgrad_bench.sides import Counts, Side, alternate, details

if TYPE_CHECKING:
    from torchvision.transforms import Compose

    from inputgrad_bench.bench import Bench

KEY = "saliency_vs_captum"
REQUIRES = ("captum", "scipy")
TARGET = Target(1.6)
RUN = Run("gradient", "gradient", gradient.Parameters())
ROUNDS = 3  # times that the photographs are gone through: a map takes a twentieth of a second


class Files(Dataset[tuple[Tensor, int]]):
    """Photographs from files, as a user of torchvision writes it."""

    def __init__(self, photographs: tuple[Photo, ...], prepare: Compose) -> None:
        self._photographs, self._prepare = photographs, prepare

    def __len__(self) -> int:
        """Number of photographs."""
        return len(self._photographs)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """The image (3, S, S) in [0, 1] and its class."""
        photo = self._photographs[index]
        return self._prepare(Image.open(photo.path).convert("RGB")), photo.label


def _ours(task: Task) -> Callable[[], Counts]:
    job = engine.job(task)
    tools = Tools(job.classifier, seed=0, slots=task.slots)

    def request(photo: Photo) -> Request:
        image = engine.sample(photo, job.classifier)
        return Request(ImageItem(image, RUN), to_tensor(image.pixels), image.label)

    def maps(photographs: tuple[Photo, ...]) -> Counts:
        return {"maps": sum(1 for _ in maps_of(tools, map(request, photographs)))}

    maps(task.photographs[: task.slots])
    return lambda: maps(task.photographs * ROUNDS)


def _captum(task: Task) -> Callable[[], Counts]:
    from captum.attr import Saliency

    classifier = networks.load_plain(task.network, task.device)
    saliency = Saliency(lambda images: classifier.network(classifier.normalize(images)))

    def maps(photographs: tuple[Photo, ...]) -> Counts:
        files = Files(photographs, notebook.preprocessing(classifier))
        count = 0
        for images, labels in DataLoader(files, batch_size=task.options["batch"]):
            leaf = images.to(task.device).requires_grad_()
            gradients = saliency.attribute(leaf, target=labels.to(task.device))
            count += len(gradients.amax(dim=1).cpu().numpy())
        return {"maps": count}

    maps(task.photographs[:1])
    return lambda: maps(task.photographs * ROUNDS)


SIDES = {"captum": Side(_captum), "ours": Side(_ours, ours=True)}


def measure(bench: Bench) -> list[Figure]:
    """The first network; Captum with the batches that suit it best."""
    network = bench.networks[0]
    tasks = {"ours": bench.task(KEY, "ours", network)}
    for batch in (1, 16):
        tasks[f"captum, batch {batch}"] = bench.task(KEY, "captum", network, batch=batch)
    measured = alternate(tasks, SIDES, bench.setting)
    ours = measured.pop("ours")
    best = min(measured.values(), key=lambda side: min(m.seconds for m in side))
    values = [theirs.seconds / own.seconds for theirs, own in zip(best, ours, strict=True)]
    target = TARGET if bench.setting.device == "cpu" else None
    return [Figure(KEY, network.name, values, target, details({"ours": ours, **measured}))]
