"""What is measured on the 8-bit images of attacks: toy networks that can be solved by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn

from attacking import SLOTS, run_of
from inputgrad.adversarial import attack
from inputgrad.adversarial.equal_noise import equal_noise
from inputgrad.adversarial.measures import (
    cell_energy,
    control,
    distances,
    forecast,
    map_change,
    natural,
    png,
    survival,
    top_five,
)
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Pixels
from inputgrad.engine.scoring import score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.decoding import through_jpeg
from inputgrad.images.noise import with_noise
from inputgrad.images.resizing import there_and_back
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT
from small_networks import convolutional, pictures, preprocessing, samples_of

MEASURES = (png, distances, control, natural, map_change)


class Brightness(nn.Module):
    """Class 1 wins once the mean of the normalised image exceeds `threshold`, else class 0.

    With the brightness either the score of class 1 rises or that of class 0 falls.
    """

    def __init__(self, threshold: float, *, rises: bool) -> None:
        super().__init__()
        self._threshold, self._rises = threshold, rises

    def forward(self, images: Tensor) -> Tensor:
        excess = 1000 * (images.mean(dim=(1, 2, 3)) - self._threshold)[:, None]
        first_two = (0 * excess, excess) if self._rises else (-excess, 0 * excess)
        return torch.cat([*first_two, torch.full((len(images), CLASS_COUNT - 2), -1000.0)], dim=1)


GREY = LabelledImage("grey", 0, np.full((16, 16, 3), 100, np.uint8))


def brightness(above: float, policy: str = "runner_up") -> Classifier:
    """The grey photograph is `above` (in [0, 1] units) too dark for class 1, its runner-up."""
    bare = Classifier(nn.Identity(), preprocessing(16))
    mean = bare.normalize(to_tensor(GREY.pixels)[None]).mean()
    threshold = float(mean + above / bare.std.mean())
    return Classifier(Brightness(threshold, rises=policy == "runner_up"), preprocessing(16))


def outcomes_of(classifier: Classifier, items: list[ImageItem]) -> list[Outcome]:
    found = {
        position: Outcome(items[position], [records[0].row], records[0].arrays)
        for position, records in attack.compute(classifier, items, seed=0, slots=SLOTS)
    }
    return [found[position] for position in range(len(items))]


def measured(classifier: Classifier, outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """Row of each outcome and all its measures."""
    rows = [dict(outcome.rows[0]) for outcome in outcomes]
    for module in MEASURES:
        lists = module.measure(outcomes, module.Parameters(), Tools(classifier, 0, SLOTS))
        for row, records in zip(rows, lists, strict=True):
            for record in records:
                assert record.row.keys() == {column.name for column in module.COLUMNS}
                row |= record.row
    return rows


def one(
    classifier: Classifier, *, eta: float, policy: str = "runner_up"
) -> tuple[dict[str, Any], NDArray[np.uint8]]:
    """Row, measures and image of the grey photograph's attack."""
    outcomes = outcomes_of(classifier, [ImageItem(GREY, run_of(eta=eta, budget=40), policy)])
    return measured(classifier, outcomes)[0], outcomes[0].arrays["image"]


@pytest.mark.parametrize("policy", ["runner_up", "untargeted"])
def test_success_that_rounding_undoes(policy: str) -> None:
    row, image = one(brightness(0.3 / 255, policy), eta=0.005, policy=policy)
    assert (row["success"], row["success_png"]) == (True, False)
    assert row["iterations"] > 1
    assert (row["l0"], row["l2_png"], row["ssim"]) == (0, 0.0, 1.0)
    assert row["linf"] < 0.5 / 255
    assert row["margin"] < 0
    assert row["confidence_label_after"] == pytest.approx(row["confidence_label_before"])
    if policy == "untargeted":
        assert row["target"] is row["confidence_target_after"] is None
    else:
        assert row["confidence_target_after"] == pytest.approx(row["confidence_target_before"])
    np.testing.assert_array_equal(image, GREY.pixels)


@pytest.mark.parametrize("policy", ["runner_up", "untargeted"])
def test_success_that_rounding_leaves(policy: str) -> None:
    row, _ = one(brightness(2.6 / 255, policy), eta=0.1, policy=policy)
    assert (row["success"], row["success_png"]) == (True, True)
    assert row["margin"] > 0
    assert row["confidence_label_before"] > 0.5 > row["confidence_label_after"]
    assert row["l0"] == 256
    assert row["control_changed"] is False
    # the nearest image of class 1 is brighter by the same in every pixel; steps lead past it
    distance = 2.6 / 255 * np.sqrt(3 * 256)
    assert distance <= row["l2"] <= distance + 0.1
    assert row["iterations"] == np.ceil(distance / 0.1)
    assert row["predicted_iterations"] == pytest.approx(distance / 0.1, rel=0.02)


def test_energy_is_where_the_pixels_changed() -> None:
    altered = GREY.pixels.copy()
    altered[:8, :8] += 2  # 64 pixels by 2 levels, and 64 by 1
    altered[8:, 8:] += 1
    item = ImageItem(GREY, run_of(), "random")
    outcome = Outcome(item, [{"l2": 1.0}], {"image": altered})
    without = Outcome(item, [{}], {"image": GREY.pixels})
    tools, chosen = Tools(brightness(0.1), 0, SLOTS), cell_energy.Parameters(cells=2)
    found, none, left_out = cell_energy.measure(
        [outcome, without, Outcome(item, [{}], {})], chosen, tools
    )
    assert [r.row["energy_share"] for r in found] == pytest.approx([0.8, 0, 0, 0.2])
    assert {r.table for r in found} == {cell_energy.TABLE}
    assert [r.row["energy_share"] for r in none] == [None] * 4
    assert left_out == []


def test_the_five_likeliest_classes_before_and_after() -> None:
    network, photographs = convolutional(), pictures(18, 2)
    items = [
        ImageItem(LabelledImage(str(i), 0, pixels), run_of(), "random")
        for i, pixels in enumerate(photographs)
    ]
    outcomes = [
        Outcome(items[0], [{}], {"image": photographs[1]}),
        Outcome(items[1], [{}], {}),
    ]
    found, left_out = top_five.measure(outcomes, top_five.Parameters(), Tools(network, 0, SLOTS))
    assert left_out == []
    scores = score_images(network, photographs, slots=SLOTS)
    for moment, logits in zip(("before", "after"), scores, strict=True):
        shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        order = np.lexsort((np.arange(CLASS_COUNT), -logits))[:5]
        assert [r.row[f"class_{moment}"] for r in found] == order.tolist()
        assert [r.row[f"probability_{moment}"] for r in found] == pytest.approx(shares[order])
    assert [r.row["place"] for r in found] == [1, 2, 3, 4, 5]
    assert {r.table for r in found} == {top_five.TABLE}


class Linear(nn.Module):
    """Logits W x of the normalised image, of which the first few rows alone are not far behind."""

    def __init__(self, size: int, seed: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        weights = torch.zeros(CLASS_COUNT, 3 * size * size)
        shared = torch.randn(3 * size * size, generator=random)
        weights[:4] = 0.02 * (shared + torch.randn(4, 3 * size * size, generator=random))
        self._offset = torch.full((CLASS_COUNT,), -1e3)
        self._offset[:4] = torch.tensor([3.0, 0.0, 1.0, 0.5])
        self._weights = nn.Parameter(weights)

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1) @ self._weights.T + self._offset


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("space", ["pixels", "normalized"])
def test_the_forecast_is_exact_for_a_linear_network(seed: int, space: str) -> None:
    """Where the guess that holds the rivals still is not."""
    network = Classifier(Linear(16, seed), preprocessing(16))
    label = int(score_images(network, [GREY.pixels], slots=SLOTS)[0].argmax())
    image = LabelledImage("grey", label, GREY.pixels)
    chosen = run_of(eta=0.01, budget=900, space=space, clip=False)
    outcomes = outcomes_of(network, [ImageItem(image, chosen, "runner_up")])
    tools = Tools(network, 0, SLOTS)
    ((record,),) = forecast.measure(outcomes, forecast.Parameters(), tools)
    row, foretold = outcomes[0].rows[0], record.row["forecast_iterations"]
    assert row["success"] and row["iterations"] > 5
    assert foretold == pytest.approx(row["iterations"], abs=1.05)
    assert row["iterations"] - 1.05 < foretold <= row["iterations"] + 0.05
    assert row["predicted_iterations"] < 0.9 * foretold


def test_a_forecast_needs_every_rival_ahead_to_fall_back() -> None:
    logits, rises = np.zeros(CLASS_COUNT, np.float32), np.zeros(CLASS_COUNT, np.float32)
    logits[[1, 2]], rises[[0, 1, 2]] = (2, 3), (2, 1, -1)
    assert forecast.forecast(logits, rises, 0) == 2  # 2 / (2 - 1), beside 3 / (2 + 1)
    assert forecast.forecast(logits, rises, 2) == 0
    rises[1] = 2
    assert forecast.forecast(logits, rises, 0) is None


def test_no_forecast_without_a_target_or_of_another_attack() -> None:
    network, tools = brightness(0.1), Tools(brightness(0.1), 0, SLOTS)
    for item in (
        ImageItem(GREY, run_of(), "untargeted"),
        ImageItem(GREY, run_of("fgsm"), "runner_up"),
    ):
        ((record,),) = forecast.measure(outcomes_of(network, [item]), forecast.Parameters(), tools)
        assert record.row == {"forecast_iterations": None}


def test_what_is_judged_is_what_the_file_gives_back(monkeypatch: pytest.MonkeyPatch) -> None:
    network, dark = brightness(2.6 / 255), np.full((16, 16, 3), 7, np.uint8)
    files: list[bytes] = []

    def damaged(data: bytes) -> Pixels:
        files.append(data)
        return dark

    monkeypatch.setattr(png, "from_png", damaged)
    row, _ = one(network, eta=0.1)
    (logits,) = score_images(network, [dark], slots=SLOTS)
    assert all(data.startswith(b"\x89PNG") for data in files)
    assert (row["success"], row["success_png"]) == (True, False)
    assert row["margin"] == float(logits[1]) - float(logits[0])


@pytest.mark.parametrize("module", [*MEASURES, survival])
def test_measures_need_no_other_outcome_and_skip_what_was_not_attacked(module: ModuleType) -> None:
    network = convolutional()
    right = samples_of(network, pictures(network.input_size, 4))
    wrong = LabelledImage("f" * 16, (right[0].label + 1) % CLASS_COUNT, right[0].pixels)
    run = run_of(eta=0.3, budget=9)
    images = [right[0], wrong, *right[1:]]
    outcomes = outcomes_of(network, [ImageItem(image, run, "runner_up") for image in images])

    def found(some: list[Outcome]) -> list[list[dict[str, Any]]]:
        lists = module.measure(some, module.Parameters(), Tools(network, 3, SLOTS))
        return [[record.row for record in records] for records in lists]

    together = found(outcomes)
    each = 5 if module is survival else 1
    assert [len(rows) for rows in together] == [each, 0, each, each, each]
    assert found(outcomes[::-1]) == together[::-1]
    assert [found([outcome])[0] for outcome in outcomes] == together


def test_control_has_the_same_norm_before_rounding() -> None:
    (pixels,) = pictures(32, 1)
    original = to_tensor((pixels // 2 + 64).astype(np.uint8))  # room on both sides
    noisy = [
        with_noise(original, 2.5, generator=generator(0, key, "control")) for key in ("a", "a", "b")
    ]
    assert float((noisy[0] - original).norm()) == pytest.approx(2.5, rel=1e-4)
    assert torch.equal(noisy[0], noisy[1])
    assert not torch.equal(noisy[0], noisy[2])
    values = ((noisy[0] - original) / 2.5 * np.sqrt(original.numel())).flatten()
    assert abs(float(values.mean())) < 0.1
    assert float((values.abs() < 1).float().mean()) == pytest.approx(0.683, abs=0.03)
    assert (to_pixels(noisy[0]) != to_pixels(original)).any()


def test_what_is_left_of_the_labels_map_is_beside_noise_of_the_length() -> None:
    """Each correlation by hand, from one gradient an image outside the slots."""
    network = convolutional()
    images = samples_of(network, pictures(network.input_size, 3))
    items = [ImageItem(image, run_of(eta=0.3, budget=9), "runner_up") for image in images]
    outcomes = outcomes_of(network, items)
    tools = Tools(network, 3, SLOTS)
    for outcome, (record,) in zip(
        outcomes, map_change.measure(outcomes, map_change.Parameters(), tools), strict=True
    ):
        image = outcome.item.image
        seen = (image.pixels, outcome.arrays["image"], equal_noise(outcome, seed=3))
        before, after, noisy = (label_map(network, pixels, image.label) for pixels in seen)
        expected = {
            "map_spearman": spearmanr(before, after).statistic,
            "map_control_spearman": spearmanr(before, noisy).statistic,
        }
        assert record.row == pytest.approx(expected, abs=1e-6)
        assert min(expected.values()) < 0.999


def label_map(network: Classifier, pixels: Pixels, label: int) -> NDArray[np.float32]:
    image = to_tensor(pixels)[None].requires_grad_()
    network(image)[0, label].backward()
    assert image.grad is not None
    found: NDArray[np.float32] = image.grad[0].abs().amax(dim=0).numpy().ravel()
    return found


def test_ranks_and_rivals_are_those_of_the_png() -> None:
    network = convolutional()
    images = samples_of(network, pictures(network.input_size, 4))
    run = run_of(eta=0.3, budget=9)
    for policy in ("runner_up", "untargeted"):
        outcomes = outcomes_of(network, [ImageItem(image, run, policy) for image in images])
        logits = score_images(network, [o.arrays["image"] for o in outcomes], slots=SLOTS)
        for row, scores, outcome in zip(measured(network, outcomes), logits, outcomes, strict=True):
            order = [int(c) for c in np.argsort(-scores, kind="stable")]
            label, target = outcome.item.image.label, row["target"]
            assert row["prediction_png"] == order[0]
            assert row["changed_png"] == (order[0] != label)
            assert row["label_rank_png"] == 1 + order.index(label)
            assert row["rival_png"] == next(c for c in order if c not in (label, target))
            if target is None:
                assert row["target_rank_png"] is None
                assert row["success_png"] == row["changed_png"]
            else:
                assert row["target_rank_png"] == 1 + order.index(target)


def test_attack_and_control_are_held_to_one_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """Noise that leads to a third class changes the prediction and is no success."""
    network = brightness(2.6 / 255)
    outcomes = outcomes_of(network, [ImageItem(GREY, run_of(eta=0.1, budget=40), "runner_up")])

    def control_row(prediction: int) -> dict[str, Any]:
        scores = np.eye(CLASS_COUNT, dtype=np.float32)[[prediction]]
        monkeypatch.setattr(control, "score_images", lambda *_, **__: [*scores])
        (records,) = control.measure(outcomes, control.Parameters(), Tools(network, 0, SLOTS))
        return records[0].row

    assert control_row(0) == {"control_changed": False, "control_success": False}
    assert control_row(1) == {"control_changed": True, "control_success": True}
    assert control_row(7) == {"control_changed": True, "control_success": False}


def test_brightness_of_equal_length_does_what_the_attack_does_here() -> None:
    """The nearest image of class 1 is brighter, so the attack's own direction is among them."""
    row, _ = one(brightness(2.6 / 255), eta=0.1)
    assert (row["brighter_changed"], row["darker_changed"]) == (True, False)
    assert row["blur_changed"] is False  # a grey image is its own blur


def test_natural_changes_have_the_length_that_is_asked_for() -> None:
    (pixels,) = pictures(32, 1)
    photograph = to_tensor(pixels)
    for direction in natural.directions(photograph, 1.0):
        away = natural.moved(photograph, direction, 0.7) - photograph
        assert float(away.norm()) == pytest.approx(0.7, rel=1e-4)
    black = torch.zeros((3, 8, 8))
    assert torch.equal(natural.moved(black, -black, 0.7), black)


# --- survival ----------------------------------------------------------------------------------


def survived(above: float, eta: float, policy: str = "runner_up") -> dict[str, dict[str, Any]]:
    network = brightness(above, policy)
    outcomes = outcomes_of(network, [ImageItem(GREY, run_of(eta=eta, budget=40), policy)])
    chosen = survival.Parameters(jpeg=[95, 50], noise=[0.01, 2.0])
    (records,) = survival.measure(outcomes, chosen, Tools(network, 0, SLOTS))
    names = {column.name for column in survival.COLUMNS}
    assert all(r.table == survival.TABLE and r.row.keys() == names for r in records)
    return {record.row["change"]: record.row for record in records}


@pytest.mark.parametrize("policy", ["runner_up", "untargeted"])
def test_a_brighter_flat_image_survives_and_one_that_rounding_undid_does_not(policy: str) -> None:
    kept = survived(2.3 / 255, eta=0.1, policy=policy)
    assert kept.keys() == {"jpeg_95", "jpeg_50", "resize_0.9", "noise_0.01", "noise_2"}
    for change in ("jpeg_95", "resize_0.9", "noise_0.01"):
        assert kept[change]["success_changed"]
        assert not kept[change]["label_returns"]
    lost = survived(0.3 / 255, eta=0.005, policy=policy)
    for change in ("jpeg_95", "resize_0.9", "noise_0.01"):
        assert not lost[change]["success_changed"]
        assert lost[change]["label_returns"]
        assert lost[change]["photograph_keeps_label"]


def test_what_the_changes_do_to_pixels() -> None:
    (pixels,) = pictures(48, 1)
    fine, coarse = (through_jpeg(pixels, quality).astype(float) for quality in (95, 50))
    assert 0 < np.abs(fine - pixels).mean() < np.abs(coarse - pixels).mean()
    smooth = there_and_back(pixels, 43)
    assert smooth.shape == pixels.shape
    assert np.abs(smooth.astype(float) - pixels).max() > 1
    flat = np.full((40, 40, 3), 77, np.uint8)
    np.testing.assert_array_equal(there_and_back(flat, 36), flat)
    first, again = survival.noisy((flat, flat + 9), "a", sd=3.0, seed=0)
    noise = first.astype(float) - flat
    assert np.std(noise) == pytest.approx(3.0, abs=0.2)
    np.testing.assert_array_equal(first + 9, again)
    (other, _) = survival.noisy((flat, flat), "b", sd=3.0, seed=0)
    assert (other != first).any()


def test_survival_scores_each_changed_image_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two for each change: the adversarial image and the photograph."""
    network = brightness(2.6 / 255)
    outcomes = outcomes_of(network, [ImageItem(GREY, run_of(eta=0.1, budget=40), "runner_up")])
    counted: list[int] = []

    def counting(classifier: Classifier, images: Any, *, slots: int) -> Any:
        images = [*images]
        counted.append(len(images))
        return score_images(classifier, images, slots=slots)

    monkeypatch.setattr(survival, "score_images", counting)
    list(survival.measure(outcomes, survival.Parameters(), Tools(network, 0, SLOTS)))
    assert counted == [10]
