"""The notebook of the practical work, step by step: its loops, written here from the formulas.

Everything here happens in the normalised space, as there: the image is normalised once, its pixels
are changed until the target is predicted, and only then is it turned back.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from attacking import SLOTS, attacked, counters, run_of
from inputgrad import registry
from inputgrad.adversarial import attack
from inputgrad.adversarial.records import Attack
from inputgrad.class_visualization.loop import Ascended, ClassAscent
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.inputs import fitted
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ClassItem, ImageItem, LabelledImage, Run, Start
from inputgrad.engine.scoring import score_images
from inputgrad.engine.slots import run_slots
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.reading import read_photograph
from small_networks import convolutional, packaged, pictures, samples_of

Image = NDArray[np.float32]
SEED = 2
REAL = ("squeezenet1_1", "efficientnet_lite0")  # with published weights
STARTS = [Start("noise"), Start("photograph", pictures(18, 1)[0])]


@cache
def network_of(name: str) -> Classifier:
    return packaged(name)


@cache
def photographs_of(name: str) -> tuple[LabelledImage, ...]:
    """Photographs of foolbox that the network is right about."""
    network = network_of(name)
    listed = list_photographs(path=None, labels=None).photographs[:4]
    pixels = [fitted(read_photograph(photograph.path), network) for photograph in listed]
    right = [
        LabelledImage(photograph.path.stem, photograph.label, image)
        for photograph, image, logits in zip(
            listed, pixels, score_images(network, pixels, slots=SLOTS), strict=True
        )
        if int(logits.argmax()) == photograph.label
    ]
    return tuple(right[:2])


def fooling_step(network: Classifier, image: Tensor, target: int, *, rate: float) -> Tensor | None:
    """The normalised image (3, S, S) after one step; None where the target is predicted already."""
    leaf = image[None].clone().requires_grad_()
    scores = network.forward_normalized(leaf)
    if int(scores.argmax()) == target:
        return None
    (gradient,) = torch.autograd.grad(scores[0, target], leaf)
    return image + rate * (gradient / gradient.square().sum().sqrt())[0]


def fooling_steps(
    network: Classifier, image: LabelledImage, target: int, *, rate: float, steps: int
) -> list[Tensor]:
    """Normalised images: the photograph, and after each step until it fools."""
    path = [network.normalize(to_tensor(image.pixels)[None])[0]]
    while len(path) <= steps:
        moved = fooling_step(network, path[-1], target, rate=rate)
        if moved is None:
            break
        path.append(moved)
    return path


def unclamped(rate: float, budget: int, **changes: Any) -> Run:
    return run_of(eta=rate, budget=budget, **{"space": "normalized", "clip": False} | changes)


@pytest.mark.parametrize("rate", [1.0, 0.4])
def test_fooling_equals_the_notebooks_loop(rate: float) -> None:
    """What is found, counted, measured and filed."""
    network, budget = convolutional(), 25
    photographs = samples_of(network, pictures(network.input_size, 3))
    items = [ImageItem(image, unclamped(rate, budget), "fixed", 6) for image in photographs]
    items += [ImageItem(image, unclamped(rate, budget), "runner_up") for image in photographs]
    ended = []
    for position, (record,) in attack.compute(network, items, seed=SEED, slots=SLOTS):
        row, image = record.row, items[position].image
        path = fooling_steps(network, image, row["target"], rate=rate, steps=budget)
        expected = network.denormalize(path[-1])[0]
        difference = (expected - to_tensor(image.pixels)).double()
        assert row["iterations"] == len(path) - 1
        assert row["l2"] == pytest.approx(float(difference.norm()), rel=1e-5)
        assert row["linf"] == pytest.approx(float(difference.abs().max()), rel=1e-4)
        assert row["lowest"] == pytest.approx(float(expected.min()), abs=1e-5)
        assert row["highest"] == pytest.approx(float(expected.max()), abs=1e-5)
        filed = record.arrays["image"].transpose(2, 0, 1) / 255
        np.testing.assert_allclose(filed, expected.clamp(0, 1), atol=0.501 / 255)
        ended.append(row["success"])
    assert any(ended)


@pytest.mark.parametrize("name", REAL)
def test_every_step_on_real_weights_is_a_step_of_the_notebooks_fooling(name: str) -> None:
    """Towards class 6 at rate 1: each image is what the notebook makes of the one before.

    The first steps of the two paths are one as well; later a ReLU that switches for rounding's sake
    may part them.
    """
    network, image = network_of(name), photographs_of(name)[0]
    (whole,) = attacked(network, [Attack(image, unclamped(1.0, 100), 6)])
    needed = counters(whole).iterations
    assert 3 < needed < 100
    attacks = [Attack(image, unclamped(1.0, budget), 6) for budget in range(1, needed + 1)]
    results = attacked(network, attacks)
    assert [counters(r).success for r in results] == [False] * (needed - 1) + [True]
    assert [counters(r).iterations for r in results] == [*range(1, needed + 1)]
    images = [network.normalize(torch.from_numpy(r.image)[None])[0] for r in results]
    first, *_ = path = fooling_steps(network, image, 6, rate=1.0, steps=3)
    for before, after in pairwise([first, *images]):
        expected = fooling_step(network, before, 6, rate=1.0)
        assert expected is not None
        assert_same_step(before, after, expected)
    assert fooling_step(network, images[-1], 6, rate=1.0) is None
    for found, expected in zip(images, path[1:], strict=False):
        np.testing.assert_allclose(found, expected, atol=1e-2)


def assert_same_step(before: Any, found: Any, expected: Any) -> None:
    """The same image but for rounding, which is far less than the step."""
    error, step = (
        np.abs(np.asarray(a) - np.asarray(b)) for a, b in ((found, expected), (expected, before))
    )
    assert error.mean() < 1e-3 * step.mean()
    assert np.quantile(error, 0.999) < np.quantile(step, 0.999)


def test_unclamped_images_leave_the_range_and_their_files_do_not() -> None:
    network = convolutional()
    white = np.full((18, 18, 3), 255, np.uint8)
    (image,) = samples_of(network, [white])
    free, kept = (unclamped(2.0, 5, clip=clip) for clip in (False, True))
    found = {
        position: record
        for position, (record,) in attack.compute(
            network, [ImageItem(image, run, "runner_up") for run in (free, kept)], seed=0, slots=2
        )
    }
    assert found[0].row["highest"] > 1 >= found[1].row["highest"]
    assert found[0].arrays["image"].max() == 255
    assert found[0].row["linf"] > float(1 - found[0].arrays["image"].min() / 255) - 1e-6 > 0


# --- class visualisation ---------------------------------------------------------------------


class Notebook:
    """The notebook's loop for one class, its random numbers from our streams."""

    def __init__(self, network: Classifier, item: ClassItem) -> None:
        self.network, self.item, self.settings = network, item, item.run.parameters
        draws = generator(SEED, item.class_index, "class shifts")
        self.shifts = torch.randint(0, 17, (self.settings.iterations, 2), generator=draws).tolist()

    def start(self) -> Image:
        """Unit noise, or the photograph; normalised, (3, S, S)."""
        if self.item.start.pixels is not None:
            return self.network.normalize(to_tensor(self.item.start.pixels)[None])[0].numpy()
        noise = generator(SEED, self.item.class_index, "class noise")
        return torch.randn(3, *[self.network.input_size] * 2, generator=noise).numpy()

    def step(self, t: int, image: Image) -> Image:
        """The image after step t, counted from 0."""
        down, right = self.shifts[t]
        leaf = torch.from_numpy(np.roll(image, (down, right), (1, 2))).requires_grad_()
        score = self.network.forward_normalized(leaf[None])[0, self.item.class_index]
        (gradient,) = torch.autograd.grad(score - 1e-3 * leaf.square().sum(), leaf)
        moved = (leaf + self.settings.eta * gradient).detach().numpy()
        mean, std = (v.numpy()[0] for v in (self.network.mean, self.network.std))
        image = np.clip(np.roll(moved, (-down, -right), (1, 2)), -mean / std, (1 - mean) / std)
        return ndimage.gaussian_filter(image, (0, 0.5, 0.5)) if t % 10 == 0 else image

    def shows(self, t: int) -> bool:
        """Whether the image is displayed after step t."""
        return t == 0 or (t + 1) % 25 == 0 or t == self.settings.iterations - 1


def practical(start: Start, **changes: Any) -> ClassItem:
    """Class 281 by the method `practical` with its defaults."""
    parameters = registry.load("class_visualization", "practical").Parameters(**changes)
    return ClassItem(281, start, Run("notebook", "practical", parameters))


def ascended(network: Classifier, item: ClassItem) -> Ascended:
    parts = registry.load("class_visualization", "practical").parts([item.run.parameters], network)
    procedure = ClassAscent(network, [item], parts, seed=SEED)
    return dict(run_slots(procedure, range(1), slots=SLOTS))[0]


def test_the_defaults_are_the_notebooks() -> None:
    chosen = registry.load("class_visualization", "practical").Parameters()
    assert chosen.model_dump(by_alias=True, exclude={"classes"}) == {
        "iterations": 200,
        "snapshots": [1, *range(25, 200, 25)],
        "init_img": "noise",
        "eta": 5.0,
        "lambda": 1e-3,
        "shift": 16,
        "shift_both_ways": False,
        "blur_sigma": 0.5,
        "blur_every": 10,
        "parameterization": "pixels",
        "repeat": 0,
    }


@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_visualisation_equals_the_notebooks_loop(start: Start) -> None:
    """All 200 steps and what is shown of them, with steps that suit the small network."""
    network, item = convolutional(), practical(start, eta=0.02)
    notebook, shown = Notebook(network, item), []
    image = notebook.start()
    for t in range(200):
        image = notebook.step(t, image)
        if notebook.shows(t):
            shown.append((t + 1, image))
    ((_, records),) = compute(network, [item], seed=SEED, slots=SLOTS)
    pictures = records[-1].arrays["snapshots"]
    assert len(shown) == 9
    for record, picture, (moment, expected) in zip(records, pictures, shown, strict=True):
        plain = network.denormalize(torch.from_numpy(expected)[None])[0].numpy()
        assert record.row["iteration"] == moment
        assert record.row["l2"] == pytest.approx(np.linalg.norm(expected), rel=1e-4)
        np.testing.assert_allclose(picture.transpose(2, 0, 1) / 255, plain, atol=0.51 / 255)
    assert np.abs(shown[0][1] - shown[-1][1]).max() > 0.3


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.name)
def test_every_step_on_real_weights_is_a_step_of_the_notebook(name: str, start: Start) -> None:
    """At rate 5: each image is what the notebook's step makes of the one before.

    Two whole paths could not be compared: where the gradient is large, the step amplifies rounding.
    """
    network = network_of(name)
    photograph = Start("photograph", photographs_of(name)[0].pixels)
    steps = [0, 1, 10, 11]
    item = practical(
        start if start.pixels is None else photograph,
        iterations=12,
        snapshots=sorted({*steps, *(t + 1 for t in steps)}),
    )
    kept = sorted({*item.run.parameters.snapshots, 12})
    found = dict(zip(kept, ascended(network, item).images, strict=True))
    notebook = Notebook(network, item)
    np.testing.assert_allclose(found[0], notebook.start(), atol=1e-6)
    for t in steps:
        expected = notebook.step(t, found[t])
        assert_same_step(found[t], found[t + 1], expected)
