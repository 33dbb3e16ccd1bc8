"""ROAD, deletion and insertion: identities, closed forms, ties, neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import softmax
from torch import Tensor, nn

from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Record, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.imputation import noisy_linear
from inputgrad.images.ranking import counts, ranks
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT
from inputgrad.saliency.curve_columns import CURVES
from inputgrad.saliency.curves import area, mean_height
from inputgrad.saliency.measures import deletion_insertion, road
from inputgrad.saliency.methods import gradient
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

SLOTS, SEED, SIZE = 3, 7, 18
RUN = Run("run", "gradient", gradient.Parameters())
MEASURES = {"road": road, "deletion_insertion": deletion_insertion}
Map = NDArray[np.float32]


def outcome_of(photograph: LabelledImage, saliency: Map) -> Outcome:
    return Outcome(ImageItem(photograph, RUN), [{}], {"map": saliency})


def measured(
    name: str, classifier: Classifier, outcomes: Sequence[Outcome], **parameters: Any
) -> list[list[Record]]:
    module, tools = MEASURES[name], Tools(classifier, SEED, SLOTS)
    return [*module.measure(outcomes, module.Parameters(**parameters), tools)]


def curve(records: Sequence[Record], name: str) -> list[float]:
    rows = [r.row for r in records if r.table == CURVES and r.row["curve"] == name]
    assert [row["step"] for row in rows] == sorted(row["step"] for row in rows)
    return [row["probability"] for row in rows]


def noise_map(seed: int = 0, size: int = SIZE) -> Map:
    return np.random.default_rng(seed).standard_normal((size, size)).astype(np.float32)


def linear(weights: Tensor, bias: float = 0.0) -> Classifier:
    """Class 0 scores the sum of weights (3, S, S) times the image in [0, 1], all others score 0."""
    classifier = Classifier(nn.Identity(), preprocessing(weights.shape[1]))
    head = nn.Linear(weights.numel(), CLASS_COUNT)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        head.weight[0] = (weights * classifier.std[0]).flatten()
        head.bias[0] = bias + (weights * classifier.mean[0]).sum()
    flat = nn.Sequential(nn.Flatten(), head)  # of the normalised image (x - mean) / std
    return Classifier(flat, preprocessing(weights.shape[1]))


def probability(score: float) -> float:
    """Softmax of class 0 where the 999 others score 0."""
    return 1 / (1 + (CLASS_COUNT - 1) * math.exp(-score))


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional(SIZE)


@pytest.fixture(scope="module")
def photographs(network: Classifier) -> list[LabelledImage]:
    return samples_of(network, pictures(SIZE, 4))


# --- deletion and insertion -------------------------------------------------------------------


@pytest.mark.parametrize("builder", [convolutional, squeezenet])
@pytest.mark.parametrize("steps", [28, 7, 1])
def test_deletion_is_insertion_in_the_reverse_order_reversed(builder: Any, steps: int) -> None:
    """To the last bit: curves and areas."""
    classifier = builder()
    size = classifier.input_size
    (photograph,) = samples_of(classifier, pictures(size, 1))
    saliency = noise_map(size=size)
    forth, back = measured(
        "deletion_insertion",
        classifier,
        [outcome_of(photograph, saliency), outcome_of(photograph, -saliency)],
        steps=steps,
    )
    assert len(curve(forth, "deletion")) == steps + 1
    assert curve(forth, "deletion") == curve(back, "insertion")[::-1]
    assert curve(back, "deletion") == curve(forth, "insertion")[::-1]
    assert forth[0].row["deletion"] == back[0].row["insertion"]
    assert forth[0].row["insertion"] == back[0].row["deletion"]
    if steps > 1:
        assert curve(forth, "deletion") != curve(forth, "insertion")[::-1]


@pytest.mark.parametrize("steps", [28, 5])
def test_curves_of_a_linear_network_are_those_of_its_sum(steps: int) -> None:
    """Each point from the weights, the photograph and a blur by scipy, in float64."""
    weights = torch.randn(3, SIZE, SIZE, generator=torch.manual_seed(1)) / 4
    classifier = linear(weights, bias=6.0)
    photograph = LabelledImage("a", 0, pictures(SIZE, 1)[0])
    saliency = noise_map()
    (records,) = measured(
        "deletion_insertion",
        classifier,
        [outcome_of(photograph, saliency)],
        steps=steps,
        blur_share=0.1,
    )
    image = photograph.pixels.transpose(2, 0, 1) / 255
    blurred = gaussian_filter(image, (0, 0.1 * SIZE, 0.1 * SIZE))
    order = np.argsort(-saliency, axis=None)
    for name, start, end in (("deletion", image, blurred), ("insertion", blurred, image)):
        expected = []
        for number in counts(SIZE * SIZE, steps=steps):
            mixed = start.reshape(3, -1).copy()
            mixed[:, order[:number]] = end.reshape(3, -1)[:, order[:number]]
            score = float((mixed * weights.numpy().reshape(3, -1)).sum())
            expected.append(probability(score + 6.0))
        assert curve(records, name) == pytest.approx(expected, rel=1e-4)
        assert max(expected) - min(expected) > 0.05
        inside = np.trapezoid(expected, dx=1 / steps)
        assert records[0].row[name] == pytest.approx(inside, rel=1e-4)


def test_areas_of_a_network_that_counts_bright_pixels_are_known() -> None:
    """White on black, ranked by brightness, hardly blurred: both areas are sums of logistics.

    The score is 12 times the share of white pixels that are left. A blur of a hundredth of a pixel
    changes nothing, so both curves are flat; a wide one is grey everywhere, half as bright.
    """
    weights = torch.full((3, 16, 16), 12 / (3 * 16 * 16))
    white = np.zeros((16, 16, 3), np.uint8)
    white[:, :8] = 255
    outcome = outcome_of(LabelledImage("a", 0, white), white[:, :, 0].astype(np.float32))
    (sharp,) = measured("deletion_insertion", linear(weights), [outcome], blur_share=1e-3)
    flat = probability(6)
    assert sharp[0].row == pytest.approx({"deletion": flat, "insertion": flat}, rel=1e-5)
    (grey,) = measured("deletion_insertion", linear(weights), [outcome], blur_share=1.0, steps=16)
    # half of the pixels are white and go first: 6 falls to 3, then black ones turn grey: 3 to 6
    down = [probability(6 - 3 * step / 8) for step in range(9)]
    expected = area([*down, *down[-2::-1]])
    assert grey[0].row["deletion"] == pytest.approx(expected, rel=0.02)
    up = [probability(6 + 3 * step / 8) for step in range(9)]
    assert grey[0].row["insertion"] == pytest.approx(area([*up, *up[-2::-1]]), rel=0.02)


def test_both_ends_are_the_photograph_and_its_blurred_copy(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    (records,) = measured("deletion_insertion", network, [outcome_of(photographs[0], noise_map())])
    image = to_tensor(photographs[0].pixels)
    blurred = torch.from_numpy(gaussian_filter(image.numpy(), (0, SIZE / 16, SIZE / 16)))
    with torch.no_grad():
        logits = network(torch.stack([image, blurred])).double().numpy()
    whole, lost = softmax(logits, axis=1)[:, photographs[0].label]
    deletion, insertion = (curve(records, name) for name in ("deletion", "insertion"))
    assert (deletion[0], insertion[0]) == pytest.approx((whole, lost), rel=1e-4)
    assert (deletion[0], deletion[-1]) == (insertion[-1], insertion[0])


@given(heights=st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_area_of_a_curve_is_that_of_its_reverse_and_of_trapezoids(heights: list[float]) -> None:
    assert area(heights) == area(heights[::-1])
    expected = np.trapezoid(heights, dx=1 / (len(heights) - 1))
    assert area(heights) == pytest.approx(expected, abs=1e-12)


# --- ROAD -------------------------------------------------------------------------------------


def test_road_is_the_mean_height_between_its_two_curves(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    shares = [0.1, 0.2, 0.4, 0.6, 0.8]
    (records,) = measured("road", network, [outcome_of(photographs[0], noise_map())])
    most, least = (curve(records, f"road_{order}_first") for order in ("most", "least"))
    between = np.subtract(least, most)
    expected = np.trapezoid([0, *between], [0, *shares]) / 0.8
    assert records[0].row["road"] == pytest.approx(expected, abs=1e-12)
    assert abs(expected) > 1e-4
    rows = [record.row for record in records if record.table == CURVES]
    assert [row["share"] for row in rows] == shares * 2


@settings(max_examples=20)
@given(height=st.floats(-1, 1), shares=st.lists(st.floats(0.01, 0.99), min_size=1, unique=True))
def test_mean_height_of_a_line_and_of_a_step(height: float, shares: list[float]) -> None:
    shares = sorted(shares)
    line = [height * share for share in shares]
    assert mean_height(shares, line) == pytest.approx(height * shares[-1] / 2)
    level = [height] * len(shares)
    assert mean_height(shares, level) == pytest.approx(height * (1 - shares[0] / shares[-1] / 2))


def test_curves_are_scores_of_the_photograph_imputed_with_its_own_noise(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    photograph, saliency = photographs[1], noise_map(3)
    (records,) = measured("road", network, [outcome_of(photograph, saliency)], noise_sd=0.05)
    image = to_tensor(photograph.pixels)
    drawn = generator(SEED, photograph.image_id, "saliency imputation")
    noise = 0.05 * torch.randn(image.shape, generator=drawn)
    order = np.argsort(-saliency, axis=None)
    for name, first in (("road_most_first", order), ("road_least_first", order[::-1])):
        for share, found in zip((0.1, 0.2, 0.4, 0.6, 0.8), curve(records, name), strict=True):
            removed = torch.zeros(SIZE * SIZE, dtype=torch.bool)
            removed[first[: round(share * SIZE * SIZE)].copy()] = True
            changed = noisy_linear(image, removed.view(1, SIZE, SIZE), noise)
            with torch.no_grad():
                logits = network(changed)[0].double().numpy()
            assert found == pytest.approx(softmax(logits)[photograph.label], rel=1e-3)


def test_road_of_the_opposite_map_is_its_opposite(
    network: Classifier, photographs: list[LabelledImage]
) -> None:
    saliency = noise_map()
    forth, back = measured(
        "road", network, [outcome_of(photographs[0], m) for m in (saliency, -saliency)]
    )
    assert curve(forth, "road_most_first") == curve(back, "road_least_first")
    assert forth[0].row["road"] == -back[0].row["road"] != 0


def test_road_knows_a_map_that_points_at_what_a_network_sums() -> None:
    """A bright bar on a dark ground: imputing it first loses the class, imputing it last does not.

    Closed form without noise: the bar is the 10 % that are removed first, and is then filled with
    the ground; removed least first, nothing is lost at 10 to 40 %, since the ground is even.
    """
    size = 20
    pixels = np.zeros((size, size, 3), np.uint8)
    pixels[:, 9:11] = 255
    saliency = pixels[:, :, 0].astype(np.float32)
    classifier = linear(torch.full((3, size, size), 120 / (3 * size * size)))
    outcome = outcome_of(LabelledImage("a", 0, pixels), saliency)
    (records,) = measured("road", classifier, [outcome], noise_sd=0.0, shares=[0.1, 0.2, 0.4])
    assert curve(records, "road_most_first") == pytest.approx([probability(0)] * 3, rel=1e-3)
    whole = probability(12)
    least = curve(records, "road_least_first")
    # what is imputed beside the bar turns brighter, so the score can only rise
    assert min(least) >= whole - 1e-6
    height = np.trapezoid([0, *np.subtract(least, probability(0))], [0, 0.1, 0.2, 0.4]) / 0.4
    assert records[0].row["road"] == pytest.approx(height, rel=1e-3)
    assert records[0].row["road"] > 0.8


# --- both -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MEASURES)
def test_a_map_of_equal_values_is_measured_in_a_random_order(
    name: str, network: Classifier, photographs: list[LabelledImage]
) -> None:
    flat = np.zeros((SIZE, SIZE), np.float32)
    order = ranks(flat, seed=SEED, image_id=photographs[0].image_id)
    drawn = outcome_of(photographs[0], -order.astype(np.float32))
    level = outcome_of(photographs[0], flat + 2)
    other = replace(photographs[0], image_id="another")
    by_hand, tied, elsewhere = measured(name, network, [drawn, level, outcome_of(other, flat)])
    assert [record.row for record in tied] == [record.row for record in by_hand]
    assert tied[0].row != elsewhere[0].row, "another photograph has another order"
    assert None not in tied[0].row.values()


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("builder", [convolutional, squeezenet])
def test_curves_do_not_depend_on_neighbours_order_or_free_slots(name: str, builder: Any) -> None:
    classifier = builder()
    size = classifier.input_size
    samples = samples_of(classifier, pictures(size, 3))
    outcomes = [outcome_of(s, noise_map(n, size)) for n, s in enumerate(samples)]
    together = [repr([r.row for r in records]) for records in measured(name, classifier, outcomes)]
    assert len(set(together)) == 3
    for order in ([2, 0, 1], [1], [2, 2], [0, 2]):
        found = measured(name, classifier, [outcomes[position] for position in order])
        rows = [repr([r.row for r in records]) for records in found]
        assert rows == [together[position] for position in order]


@pytest.mark.parametrize("name", MEASURES)
def test_curves_have_rows_of_their_own_keys(
    name: str, network: Classifier, photographs: list[LabelledImage]
) -> None:
    (records,) = measured(name, network, [outcome_of(photographs[0], noise_map())])
    assert records[0].table is None
    keys = [(record.row["curve"], record.row["step"]) for record in records[1:]]
    assert len(set(keys)) == len(keys) > 5
    assert {record.table for record in records[1:]} == {CURVES}
