"""What adds up: drops of pairs of cells against those of single ones, and maps to differences."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from inputgrad import registry
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import grid
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency import explain
from inputgrad.saliency.attribution import scores_of
from inputgrad.saliency.measures import additivity, completeness
from inputgrad.saliency.occlusions import drops_of
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

SEED, SLOTS, CELLS = 7, 3, 4


def run_of(method: str, **parameters: Any) -> Run:
    checked = registry.load("saliency", method).Parameters(**parameters)
    return Run(f"{method} {parameters}", method, checked)


def outcomes_of(
    classifier: Classifier, photographs: Sequence[LabelledImage], run: Run
) -> list[Outcome]:
    items = [ImageItem(photograph, run) for photograph in photographs]
    found = explain.compute(classifier, items, seed=SEED, slots=SLOTS)
    return [Outcome(items[position], [r.row], r.arrays) for position, (r,) in found]


def linear(size: int) -> Classifier:
    torch.manual_seed(1)
    layer = nn.Linear(3 * size * size, 1000)
    return Classifier(nn.Sequential(nn.Flatten(), layer), preprocessing(size))


def local(size: int = 24, *, bent: bool = False) -> Classifier:
    """A network that adds up what it sees in windows of 3 x 3 pixels; `bent`: and bends the sum."""
    torch.manual_seed(1)
    first, last = nn.Conv2d(3, 16, 3), nn.Linear(16, 1000)
    first.weight.data *= 6
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *[nn.Tanh()] * bent)
    return Classifier(nn.Sequential(first, nn.Softplus(), pool, last), preprocessing(size))


def interactions(classifier: Classifier, **parameters: Any) -> list[dict[str, Any]]:
    photographs = samples_of(classifier, pictures(classifier.input_size, 3))
    outcomes = outcomes_of(classifier, photographs, run_of("occlusion", cells=CELLS))
    checked = additivity.Parameters(**parameters)
    found = additivity.measure(outcomes, checked, Tools(classifier, SEED, SLOTS))
    return [record.row for (record,) in found]


# --- pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [2, 3, 4, 8])
def test_near_pairs_touch_and_far_ones_are_half_the_grid_apart(cells: int) -> None:
    known = additivity.candidates(cells)
    assert len(known.near) == 2 * cells * (cells - 1)
    for a, b in known.near:
        assert b - a in {1, cells}
        assert b - a == cells or a // cells == b // cells
    assert not set(known.near) & set(known.far)
    assert (0, cells * cells - 1) in known.far or cells == 2
    far = set(known.far)
    for a, b in itertools.combinations(range(cells * cells), 2):
        apart = max(abs(a // cells - b // cells), abs(a % cells - b % cells))
        assert ((a, b) in far) == (apart >= max(2, cells / 2))


def test_pairs_are_drawn_from_the_photograph_and_the_seed() -> None:
    classifier = local()
    photographs = samples_of(classifier, pictures(24, 2))
    first, second = outcomes_of(classifier, photographs, run_of("occlusion", cells=CELLS))
    drawn = [additivity.drawn(o, pairs=5, seed=s) for o, s in ((first, 7), (second, 7), (first, 8))]
    assert len({repr(pairs) for pairs in drawn}) == 3
    assert drawn[0] == additivity.drawn(first, pairs=5, seed=7)
    for pairs in drawn:
        for own, known in zip(pairs, additivity.candidates(CELLS), strict=True):
            assert len(set(own)) == 5 and set(own) <= set(known)


# --- additivity -----------------------------------------------------------------------------------


def test_share_beyond_the_sum() -> None:
    alone = [1.0, 2.0, -1.0]
    assert additivity.interaction(alone, [(0, 1)], [3.0]) == 0
    assert additivity.interaction(alone, [(0, 1)], [4.0]) == pytest.approx(1 / 3)
    assert additivity.interaction(alone, [(0, 1)], [0.0]) == 1
    assert additivity.interaction(alone, [(0, 1), (1, 2)], [4.0, 0.0]) == pytest.approx(2 / 6)
    assert additivity.interaction([0.0, 0.0], [(0, 1)], [1.0]) is None
    assert additivity.interaction(alone, [], []) is None


def test_a_linear_network_adds_up() -> None:
    for row in interactions(linear(24), pairs=6):
        assert max(row.values()) < 1e-4


def test_a_network_of_small_windows_adds_up_far_apart_and_not_where_they_straddle() -> None:
    for row in interactions(local(), pairs=12):
        assert row["interaction_far"] < 1e-3
        assert row["interaction_near"] > 10 * row["interaction_far"]


def test_a_network_that_bends_its_sum_does_not_add_up_anywhere() -> None:
    for row in interactions(local(bent=True), pairs=12):
        assert row["interaction_far"] > 1e-2


def test_pairs_drop_as_when_both_cells_are_blanked() -> None:
    classifier = local()
    photographs = samples_of(classifier, pictures(24, 2))
    run = run_of("occlusion", cells=CELLS, fill="blur")
    outcomes = outcomes_of(classifier, photographs, run)
    images = torch.stack([to_tensor(p.pixels) for p in photographs])
    targets = torch.tensor([p.label for p in photographs])
    boxes = [*grid(24, 24, CELLS)]
    whole = scores_of(classifier, images, targets).score
    single = drops_of(classifier, images, targets, whole, [[box] for box in boxes], fill="blur")
    found = additivity.measure(
        outcomes, additivity.Parameters(pairs=4), Tools(classifier, SEED, SLOTS)
    )
    for i, (outcome, (record,)) in enumerate(zip(outcomes, found, strict=True)):
        near = additivity.drawn(outcome, pairs=4, seed=SEED).near
        blanks = [[boxes[a], boxes[b]] for a, b in near]
        both = drops_of(classifier, images, targets, whole, blanks, fill="blur")[i].tolist()
        expected = additivity.interaction(single[i].tolist(), near, both)
        assert record.row["interaction_near"] == pytest.approx(expected, abs=1e-3)


def test_it_is_taken_on_occlusions_alone() -> None:
    classifier = local()
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(24, 2)), run_of("gradient"))
    found = additivity.measure(outcomes, additivity.Parameters(), Tools(classifier, SEED, SLOTS))
    assert [*found] == [[], []]


# --- completeness ---------------------------------------------------------------------------------


def errors(classifier: Classifier, outcomes: Sequence[Outcome]) -> list[float | None]:
    tools = Tools(classifier, SEED, SLOTS)
    found = completeness.measure(outcomes, completeness.Parameters(), tools)
    return [record.row["completeness_error"] for (record,) in found]


def test_input_times_gradient_of_a_linear_network_is_complete() -> None:
    classifier = linear(12)
    photographs = samples_of(classifier, pictures(12, 4))
    found = errors(
        classifier,
        outcomes_of(classifier, photographs, run_of("input_x_gradient", reduction="sum")),
    )
    assert all(error is not None and error < 1e-4 for error in found)


def test_error_is_relative_to_the_difference_from_black() -> None:
    classifier = convolutional()
    photographs = samples_of(classifier, pictures(18, 4))
    outcomes = outcomes_of(classifier, photographs, run_of("input_x_gradient", reduction="sum"))
    with torch.no_grad():
        black = classifier(torch.zeros(1, 3, 18, 18))[0]
        for outcome, error in zip(outcomes, errors(classifier, outcomes), strict=True):
            photograph = outcome.item.image
            label = photograph.label
            difference = float(
                classifier(to_tensor(photograph.pixels)[None])[0, label] - black[label]
            )
            total = float(outcome.arrays["map"].sum())
            expected = abs(total - difference) / abs(difference)
            assert error == pytest.approx(expected, rel=1e-3)
            assert expected > 0.01


def test_nothing_is_claimed_without_a_sign_a_baseline_or_the_logit_itself() -> None:
    classifier = squeezenet()
    right, last = samples_of(classifier, pictures(64, 2))
    with torch.no_grad():
        dead = int(classifier(to_tensor(last.pixels)[None])[0].argmin())
    photographs = [right, LabelledImage("dead", dead, last.pixels)]
    for run in (run_of("gradient", reduction="sum"), run_of("input_x_gradient")):
        assert errors(classifier, outcomes_of(classifier, photographs, run)) == [None, None]
    signed = outcomes_of(classifier, photographs, run_of("input_x_gradient", reduction="sum"))
    known, unknown = errors(classifier, signed)
    assert known is not None and np.isfinite(known)
    assert unknown is None
