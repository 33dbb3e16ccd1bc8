"""Measures of class visualisations: by oracle, and on pictures whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from inputgrad.class_visualization.measures import (
    change_place,
    decisive_regions,
    robustness,
    spectrum,
    start_distance,
)
from inputgrad.engine.records import ClassItem, Outcome, Pixels, Run, Start
from inputgrad.engine.scoring import confidences, score_images
from inputgrad.engine.tools import Tools
from inputgrad.images.roughness import high_frequency_share
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, preprocessing

SIZE, CLASS, SEED = 32, 30, 5
RUN = Run("run", "practical", None)


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools(convolutional(SIZE), SEED, 2)


def outcome_of(*snapshots: Pixels, start: Pixels | None = None) -> Outcome:
    item = ClassItem(CLASS, Start("start", start), RUN)
    rows = [{"iteration": 10 * n} for n in range(len(snapshots))]
    return Outcome(item, rows, {"snapshots": np.stack(snapshots)})


def test_decisive_fifth_is_blurred_and_compared_with_the_same_mask_elsewhere(tools: Tools) -> None:
    outcome = outcome_of(*pictures(SIZE, 2))
    ((record,),) = decisive_regions.measure([outcome], decisive_regions.Parameters(), tools)
    picture = outcome.arrays["snapshots"][-1].astype(np.float64) / 255
    leaf = torch.from_numpy(picture).permute(2, 0, 1)[None].float().requires_grad_()
    (gradient,) = torch.autograd.grad(tools.classifier(leaf)[0, CLASS], leaf)
    saliency = gradient[0].abs().amax(dim=0).numpy()
    assert record.arrays["map"] == pytest.approx(saliency, rel=1e-3, abs=1e-6)
    smooth = ndimage.gaussian_filter(saliency, SIZE / 64)
    decisive = smooth >= np.sort(smooth, axis=None)[-(SIZE * SIZE // 5)]
    blurred = ndimage.gaussian_filter(picture, (SIZE / 16, SIZE / 16, 0))

    def drop(mask: np.ndarray) -> float:
        both = [picture, np.where(mask[..., None], blurred, picture)]
        images = torch.from_numpy(np.stack(both)).permute(0, 3, 1, 2).float()
        whole, without = tools.classifier(images)[:, CLASS].tolist()
        return float(whole - without)

    assert record.row["iteration"] == 10
    assert record.row["drop_decisive"] == pytest.approx(drop(decisive), rel=1e-3, abs=1e-4)
    stream = decisive_regions.generator(SEED, CLASS, "places of the decisive fifth")
    offsets = torch.randint(0, SIZE, (3, 2), generator=stream).tolist()
    elsewhere = [drop(np.roll(decisive, offset, (0, 1))) for offset in offsets]
    assert record.row["drop_elsewhere"] == pytest.approx(np.mean(elsewhere), rel=1e-3, abs=1e-4)
    assert record.row["drop_decisive"] != record.row["drop_elsewhere"]


def test_a_flat_picture_has_no_decisive_region(tools: Tools) -> None:
    outcome = outcome_of(np.full((SIZE, SIZE, 3), 90, dtype=np.uint8))
    ((record,),) = decisive_regions.measure([outcome], decisive_regions.Parameters(), tools)
    for column in ("drop_decisive", "drop_elsewhere"):
        assert record.row[column] == pytest.approx(0, abs=1e-4)


def test_a_network_that_looks_at_nothing_has_no_decisive_region() -> None:
    head = torch.nn.Linear(3 * SIZE * SIZE, 1000)
    torch.nn.init.zeros_(head.weight)
    blind = Classifier(torch.nn.Sequential(torch.nn.Flatten(), head), preprocessing(SIZE))
    outcome = outcome_of(*pictures(SIZE, 2))
    parameters = decisive_regions.Parameters()
    ((record,),) = decisive_regions.measure([outcome], parameters, Tools(blind, SEED, 2))
    assert record.row["half_mass_share"] is None
    assert not record.arrays["map"].any()


def test_robustness_scores_the_changed_pictures(tools: Tools) -> None:
    first, last = pictures(SIZE, 2)
    ((record,),) = robustness.measure([outcome_of(first, last)], robustness.Parameters(), tools)
    assert record.row.pop("iteration") == 10
    for (column, change), found in zip(
        robustness.CHANGES.items(), record.row.values(), strict=True
    ):
        changed = change(last)
        assert changed.dtype == np.uint8 and changed.shape == last.shape
        assert (changed != last).any(), column
        logits = score_images(tools.classifier, [changed], slots=2)[0]
        assert found == pytest.approx(confidences(logits)[CLASS], rel=1e-6)
    assert len(set(record.row.values())) == 4


def test_changes_are_what_their_names_say() -> None:
    flat = np.full((SIZE, SIZE, 3), 90, dtype=np.uint8)
    for change in robustness.CHANGES.values():
        np.testing.assert_allclose(change(flat), flat, atol=1)
    picture = pictures(SIZE, 1)[0]
    np.testing.assert_array_equal(robustness.shifted(picture)[2:, 2:], picture[:-2, :-2])
    blurred = ndimage.gaussian_filter(picture.astype(float), (1, 1, 0))
    np.testing.assert_allclose(robustness.blurred(picture), blurred, atol=0.51)
    for smoother in (robustness.blurred, robustness.halved):
        assert high_frequency_share(smoother(picture)) < high_frequency_share(picture)


@pytest.mark.parametrize(("period", "expected"), [(2, 1.0), (3, 1.0), (8, 0.0), (16, 0.0)])
def test_spectrum_tells_waves_apart_by_their_length(period: int, expected: float) -> None:
    wave = 127 + 100 * np.cos(2 * np.pi * np.arange(48) / period)
    picture = np.broadcast_to(wave[:, None, None], (48, 48, 3)).round().astype(np.uint8)
    assert high_frequency_share(picture) == pytest.approx(expected, abs=0.01)
    assert high_frequency_share(picture.transpose(1, 0, 2)) == pytest.approx(expected, abs=0.01)


def test_spectrum_of_white_noise_is_the_area_and_of_one_colour_nothing(tools: Tools) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (SIZE * 4, SIZE * 4, 3), dtype=np.uint8)
    assert high_frequency_share(noise) == pytest.approx(1 - np.pi / 16, abs=0.02)
    flat = np.full((SIZE, SIZE, 3), 90, dtype=np.uint8)
    outcome = outcome_of(noise[:SIZE, :SIZE], flat)
    ((first, last),) = spectrum.measure([outcome], spectrum.Parameters(), tools)
    assert first.row["high_frequency_share"] == high_frequency_share(noise[:SIZE, :SIZE])
    assert last.row == {"iteration": 10, "high_frequency_share": None}


def test_distance_to_the_start_is_of_photographs_alone(tools: Tools) -> None:
    start, other = pictures(SIZE, 2)
    outcomes = [outcome_of(start, other, start=start), outcome_of(start, other)]
    (same, far), nothing = start_distance.measure(outcomes, start_distance.Parameters(), tools)
    assert nothing == []
    assert same.row == {"iteration": 0, "l2_from_start": 0, "ssim_to_start": pytest.approx(1)}
    difference = (other.astype(float) - start.astype(float)) / 255
    assert far.row["l2_from_start"] == pytest.approx(np.sqrt((difference**2).sum()), rel=1e-6)
    assert far.row["ssim_to_start"] < 0.9


def test_place_of_the_change_is_compared_with_the_map_of_the_start(tools: Tools) -> None:
    """Grey photographs whose change has the cells of their own map, and the reverse of them."""
    (start,) = pictures(SIZE, 1)
    image = (torch.from_numpy(start).permute(2, 0, 1).float() / 255).requires_grad_()
    (gradient,) = torch.autograd.grad(tools.classifier(image[None])[0, CLASS], image)
    saliency = gradient.abs().amax(dim=0).numpy().reshape(8, 4, 8, 4).sum(axis=(1, 3))
    rising = saliency.argsort(axis=None).argsort().reshape(8, 8).repeat(4, 0).repeat(4, 1)
    outcomes = [outcome_of(start)]
    for order in (rising, rising.max() - rising):
        changed = np.where(start < 128, start + order[..., None], start - order[..., None])
        outcomes.append(outcome_of(start, changed.astype(np.uint8), start=start))
    found = [*change_place.measure(outcomes, change_place.Parameters(), tools)]
    assert found[0] == []
    (along,), (against,) = found[1:]
    assert along.row["iteration"] == 10
    assert along.row["change_map_spearman"] == pytest.approx(1)
    assert against.row["change_map_spearman"] == pytest.approx(-1)
    assert along.row["change_centre_spearman"] == pytest.approx(
        -against.row["change_centre_spearman"]
    )


def test_a_change_in_the_middle_agrees_with_the_spot_there(tools: Tools) -> None:
    (start,) = pictures(SIZE, 1)
    away = np.hypot(*np.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j])
    change = (60 * (1.5 - away)).astype(int)[..., None]
    changed = np.where(start < 128, start + change, start - change).astype(np.uint8)
    outcomes = [outcome_of(start, changed, start=start), outcome_of(start, start, start=start)]
    (middle,), (nothing,) = change_place.measure(outcomes, change_place.Parameters(), tools)
    assert middle.row["change_centre_spearman"] > 0.95
    assert nothing.row["change_map_spearman"] is None
