"""Class visualisation: against a plain loop with numpy and scipy, and its transforms by oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from inputgrad.class_visualization.ascent import Ascended, ClassAscent, Start, Visualization
from inputgrad.class_visualization.methods import practical
from inputgrad.class_visualization.transforms import blur, gaussian_kernel, shift, total_variation
from inputgrad.class_visualization.visualize import compute
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Pixels, Record, Run
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.slots import run_slots
from inputgrad.images.maps import half_mass_share
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, squeezenet

SLOTS = 3
SEED = 11
NOISE = Start("noise")


def item_of(
    class_index: int = 30, *, start: Start = NOISE, name: str = "run", **changes: Any
) -> Visualization:
    defaults = practical.Parameters().model_dump(mode="json", by_alias=True)
    small = {"eta": 1.0, "shift": 5, "iterations": 24, "snapshots": [0, 10]}
    run = Run(name, "practical", defaults | small | changes)
    return Visualization(class_index, run, start, SEED)


def weigh(value: float) -> dict[str, Any]:
    """The weight of the penalty, whose name Python reserves."""
    return {"lambda": value}


def ascended(classifier: Classifier, *items: Visualization) -> list[Ascended]:
    found = run_slots(ClassAscent(classifier, items), items, slots=SLOTS)
    return [result for _, result in sorted(found, key=lambda pair: pair[0])]


def reference(classifier: Classifier, item: Visualization) -> NDArray[np.float32]:
    """The ascent of the practical work, one image, with numpy's roll and scipy's blur."""
    p, size = item.run.parameters, classifier.input_size
    noise, shifts = (generator(SEED, item.class_index, f"class {n}") for n in ("noise", "shifts"))
    x = torch.randn(3, size, size, generator=noise)
    if item.start.pixels is not None:
        x = classifier.normalize(to_tensor(item.start.pixels))[0]
    offsets = torch.randint(-p["shift"], p["shift"] + 1, (p["iterations"], 2), generator=shifts)
    low, high = (classifier.normalize(torch.full((3, 1, 1), v))[0] for v in (0.0, 1.0))
    for turn, offset in enumerate(offsets.tolist()):
        leaf = torch.from_numpy(np.roll(x.numpy(), offset, (1, 2))).requires_grad_()
        score = classifier.forward_normalized(leaf[None])[0, item.class_index]
        objective = score - p["lambda"] * leaf.square().sum()
        (gradient,) = torch.autograd.grad(objective, leaf)
        length = gradient.norm() if p["normalize_gradient"] else 1
        moved = (leaf + p["eta"] * gradient / length).detach().numpy()
        x = torch.from_numpy(np.roll(moved, [-o for o in offset], (1, 2))).clamp(low, high)
        if p["blur_sigma"] and turn % p["blur_every"] == 0:
            x = torch.from_numpy(ndimage.gaussian_filter(x.numpy(), (0, *[p["blur_sigma"]] * 2)))
    return x.numpy()


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


PHOTOGRAPH = Start("photograph", pictures(18, 1)[0])
CASES: dict[str, dict[str, Any]] = {
    "as in the practical work": {},
    "plain gradient": {"normalize_gradient": False, "eta": 0.02},
    "plain gradient, strong penalty": {"normalize_gradient": False, "eta": 0.02, "lambda": 0.5},
    "strong penalty": {"lambda": 0.5},
    "no penalty": {"lambda": 0.0},
    "no blur": {"blur_sigma": 0.0},
    "wide blur, often": {"blur_sigma": 1.0, "blur_every": 3},
    "no shift": {"shift": 0},
    "shift beyond the side": {"shift": 40},
    "long steps": {"eta": 4.0},
    "photograph": {"start": PHOTOGRAPH},
    "one step": {"iterations": 1, "snapshots": []},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_equals_a_plain_loop(network: Classifier, changes: dict[str, Any]) -> None:
    item = item_of(**changes)
    (found,) = ascended(network, item)
    expected = reference(network, item)
    np.testing.assert_allclose(found.images[-1], expected, atol=1e-4)
    start = reference(network, item_of(**changes | {"iterations": 0}))
    assert np.abs(expected - start).max() > 0.05


def test_cases_differ_from_one_another(network: Classifier) -> None:
    """Otherwise the oracle above would not notice a setting that is ignored."""
    items = [item_of(**changes) for changes in CASES.values()]
    ends = [found.images[-1] for found in ascended(network, *items)]
    for i, one in enumerate(ends):
        for other in ends[i + 1 :]:
            assert np.abs(one - other).max() > 0.02


def test_mixed_settings_in_one_batch_give_the_bits_of_separate_runs(network: Classifier) -> None:
    items = [
        item_of(20 + number, name=name, **changes)
        for number, (name, changes) in enumerate(CASES.items())
    ]
    for together, item in zip(ascended(network, *items), items, strict=True):
        (alone,) = ascended(network, item)
        np.testing.assert_array_equal(together.images, alone.images)
        np.testing.assert_array_equal(together.saliency, alone.saliency)


def test_snapshots_are_the_ends_of_shorter_runs(network: Classifier) -> None:
    moments = [0, 1, 9, 10, 11, 21]
    (long,) = ascended(network, item_of(snapshots=[*moments, 24, 99]))
    assert long.item.moments == [*moments, 24]
    assert long.images.shape == (7, 3, 18, 18)
    for moment, image in zip(moments[1:], long.images[1:], strict=False):
        (short,) = ascended(network, item_of(iterations=moment, snapshots=[]))
        np.testing.assert_array_equal(short.images, [image])
    noise = generator(SEED, 30, "class noise")
    np.testing.assert_array_equal(long.images[0], torch.randn(3, 18, 18, generator=noise))


def test_penalty_pulls_the_image_to_the_mean(network: Classifier) -> None:
    items = [item_of(blur_sigma=0.0, **weigh(weight)) for weight in (0.0, 0.1, 3.0)]
    norms = [float(np.linalg.norm(found.images[-1])) for found in ascended(network, *items)]
    assert norms == sorted(norms, reverse=True)
    assert norms[2] < 0.8 * norms[0]


def test_last_map_belongs_to_the_image_before_the_last_step(network: Classifier) -> None:
    (long,) = ascended(network, item_of(snapshots=[23]))
    offset = torch.randint(-5, 6, (24, 2), generator=generator(SEED, 30, "class shifts"))[-1]
    before = np.roll(long.images[0], offset.tolist(), (1, 2))
    leaf = torch.from_numpy(before)[None].requires_grad_()
    score = network.forward_normalized(leaf)[0, 30]
    (gradient,) = torch.autograd.grad(score, leaf)
    expected = np.roll(gradient[0].abs().amax(dim=0).numpy(), (-offset).tolist(), (0, 1))
    np.testing.assert_allclose(long.saliency, expected, rtol=1e-4, atol=1e-6)


def test_images_stay_in_the_valid_range() -> None:
    network = squeezenet(64)
    items = [item_of(c, eta=50.0, iterations=4, snapshots=[1, 2, 3]) for c in (1, 416)]
    low, high = (network.normalize(torch.full((1, 3, 1, 1), v)).numpy() for v in (0.0, 1.0))
    for found in ascended(network, *items):
        assert (found.images >= low - 1e-6).all()
        assert (found.images <= high + 1e-6).all()
        assert np.isfinite(found.saliency).all()


# --- rows ------------------------------------------------------------------------------------


def records_of(classifier: Classifier, item: Visualization) -> tuple[list[Record], list[Pixels]]:
    ((run, records),) = compute(classifier, [item], slots=SLOTS)
    assert run is item.run
    snapshots = records[-1].arrays[f"{item.class_index}/snapshots"]
    return records, list(snapshots)


def test_rows_score_the_pictures_that_are_shown(network: Classifier) -> None:
    item = item_of(snapshots=[0, 10], **weigh(0.01))
    records, snapshots = records_of(network, item)
    assert [record.row["iteration"] for record in records] == [0, 10, 24]
    assert [bool(record.arrays) for record in records] == [False, False, True]
    (found,) = ascended(network, item)
    logits = score_images(network, snapshots, slots=SLOTS)
    for record, picture, image, scores in zip(
        records, snapshots, found.images, logits, strict=True
    ):
        row = record.row
        assert picture.dtype == np.uint8
        assert row["score"] == scores[30]
        assert row["probability"] == confidences(scores)[30]
        assert row["prediction"] == scores.argmax()
        assert row["l2"] == pytest.approx(np.linalg.norm(image), rel=1e-6)
        assert row["total_variation"] == total_variation(to_tensor(picture))
        settings = {n: row[n] for n in ("class_index", "preset", "eta", "lambda", "init")}
        assert settings == {
            "class_index": 30, "preset": "practical", "eta": 1.0, "lambda": 0.01, "init": "noise",
        }  # fmt: skip
    assert "half_mass_share" not in records[0].row
    assert records[-1].row["half_mass_share"] == half_mass_share(found.saliency)
    np.testing.assert_array_equal(records[-1].arrays["30/map"], found.saliency)
    assert records[-1].row["score"] > records[0].row["score"]


def test_ascent_from_a_photograph_begins_with_it(network: Classifier) -> None:
    records, snapshots = records_of(network, item_of(start=PHOTOGRAPH, snapshots=[0]))
    assert {record.row["init"] for record in records} == {"photograph"}
    np.testing.assert_array_equal(snapshots[0], PHOTOGRAPH.pixels)
    assert (snapshots[-1] != PHOTOGRAPH.pixels).any()


def test_nothing_to_draw(network: Classifier) -> None:
    assert list(compute(network, [], slots=SLOTS)) == []


# --- transforms ------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(
    offsets=st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=4),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
def test_shift_equals_numpys_roll_and_is_undone_exactly(
    offsets: list[tuple[int, int]], height: int, width: int
) -> None:
    images = torch.arange(len(offsets) * 3.0 * height * width).view(-1, 3, height, width)
    given_offsets = torch.tensor(offsets)
    moved = shift(images, given_offsets)
    for image, offset, found in zip(images, offsets, moved, strict=True):
        np.testing.assert_array_equal(found, np.roll(image.numpy(), offset, (1, 2)))
    assert torch.equal(shift(moved, -given_offsets), images)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1.0, 1.37, 3.0])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_blur_equals_scipys(sigma: float, layout: torch.memory_format) -> None:
    images = torch.randn(2, 3, 15, 19, generator=torch.Generator().manual_seed(0))
    found = blur(images.contiguous(memory_format=layout), gaussian_kernel(sigma))
    expected = ndimage.gaussian_filter(
        images.numpy().astype(float), (0, 0, sigma, sigma), mode="reflect"
    )
    np.testing.assert_allclose(found, expected, atol=2e-6)


@given(sigma=st.floats(0.2, 20))
def test_kernel_sums_to_one_and_is_symmetric(sigma: float) -> None:
    kernel = gaussian_kernel(sigma)
    assert float(kernel.sum()) == pytest.approx(1, abs=1e-6)
    assert torch.equal(kernel, kernel.flip(0))
    assert len(kernel) == 2 * int(4 * sigma + 0.5) + 1


def test_total_variation() -> None:
    flat = torch.full((3, 8, 8), 0.3)
    stripes = torch.zeros(3, 8, 8)
    stripes[:, ::2] = 1
    assert total_variation(flat) == 0
    assert total_variation(stripes) == 0.5  # every neighbour below differs, none beside
    assert total_variation(stripes.transpose(1, 2)) == 0.5
    ramp = torch.arange(8.0).expand(3, 8, 8) / 7
    assert total_variation(ramp) == pytest.approx(0.5 / 7)
