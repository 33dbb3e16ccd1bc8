"""The grid pointing game: how mosaics are drawn and made, and what is counted in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency import explain
from inputgrad.saliency.measures import grid_pointing
from inputgrad.saliency.methods import gradient
from inputgrad.saliency.mosaics import draw_mosaics, mosaic_of, shares, takes_mosaics
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

SEED, SLOTS = 7, 3
RUN = Run("run", "gradient", gradient.Parameters())
LABELS = st.dictionaries(
    st.integers(0, 10**6).map("{:016x}".format), st.integers(0, 6), max_size=40
)


def outcomes_of(classifier: Classifier, photographs: Sequence[LabelledImage]) -> list[Outcome]:
    items = [ImageItem(photograph, RUN) for photograph in photographs]
    found = explain.compute(classifier, items, seed=SEED, slots=SLOTS)
    return [Outcome(items[position], [r.row], r.arrays) for position, (r,) in found]


def rows_of(
    classifier: Classifier, outcomes: Sequence[Outcome], **parameters: Any
) -> list[dict[str, Any]]:
    tools = Tools(classifier, SEED, SLOTS)
    found = grid_pointing.measure(outcomes, grid_pointing.Parameters(**parameters), tools)
    return [record.row for (record,) in found]


def arrays_of(classifier: Classifier, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    found = grid_pointing.measure(
        outcomes, grid_pointing.Parameters(), Tools(classifier, SEED, SLOTS)
    )
    return [dict(record.arrays) for (record,) in found]


# --- drawing --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(LABELS, st.integers(0, 5))
def test_mosaics_have_four_classes_and_share_no_photograph(
    labels: dict[str, int], round_: int
) -> None:
    drawn = draw_mosaics(labels, seed=SEED, round_=round_)
    used = [image_id for mosaic in drawn for image_id in mosaic]
    assert len(used) == len(set(used))
    assert all(len({labels[i] for i in mosaic}) == 4 == len(mosaic) for mosaic in drawn)
    over = {labels[i] for i in labels.keys() - set(used)}
    assert len(over) < 4  # no further mosaic could be made
    backwards = dict(reversed(labels.items()))
    assert draw_mosaics(backwards, seed=SEED, round_=round_) == drawn


def test_rounds_and_seeds_draw_other_mosaics() -> None:
    labels = {f"{number:016x}": number for number in range(16)}
    drawn = [draw_mosaics(labels, seed=s, round_=r) for s, r in ((7, 0), (7, 1), (8, 0))]
    assert all(len(mosaics) == 4 for mosaics in drawn)
    assert drawn[0] != drawn[1] and drawn[0] != drawn[2]
    places = {
        mosaic.index(f"{0:016x}")
        for r in range(30)
        for mosaic in draw_mosaics(labels, seed=7, round_=r)
        if f"{0:016x}" in mosaic
    }
    assert places == {0, 1, 2, 3}


# --- making ---------------------------------------------------------------------------------------


def test_a_mosaic_holds_the_four_row_by_row_whole_or_halved() -> None:
    images = [to_tensor(p) for p in pictures(16, 4)]
    whole = mosaic_of(images, full_size=True)
    assert whole.shape == (3, 32, 32)
    assert torch.equal(whole[:, :16, 16:], images[1])
    assert torch.equal(whole[:, 16:, :16], images[2])
    halved = mosaic_of(images, full_size=False)
    assert halved.shape == (3, 16, 16)
    pooled = images[3].view(3, 8, 2, 8, 2).mean(dim=(2, 4))
    torch.testing.assert_close(halved[:, 8:, 8:], pooled)
    odd = mosaic_of([to_tensor(p) for p in pictures(15, 4)], full_size=False)
    assert odd.shape == (3, 15, 15)


def test_networks_that_take_mosaics() -> None:
    assert takes_mosaics(convolutional())
    assert takes_mosaics(squeezenet(64))
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 1000))
    assert not takes_mosaics(Classifier(flat, preprocessing(8)))


# --- counting -------------------------------------------------------------------------------------


def test_shares_are_those_of_the_positive_values() -> None:
    drawn = np.random.default_rng(0).normal(size=(10, 10)).astype(np.float32)
    found = shares(drawn)
    assert found is not None
    positive = np.where(drawn > 0, drawn, 0).astype(np.float64)
    assert found[1] == pytest.approx(positive[:5, 5:].sum() / positive.sum())
    assert sum(found) == pytest.approx(1)
    assert shares(-np.abs(drawn)) is None
    assert shares(np.ones((10, 10), np.float32)) == [0.25] * 4


@pytest.mark.parametrize("build", [convolutional, squeezenet])
def test_a_mosaic_of_one_repeated_image_gives_a_quarter_on_average(build: Any) -> None:
    classifier = build()
    (photograph,) = samples_of(classifier, pictures(classifier.input_size, 1))
    image = mosaic_of([to_tensor(photograph.pixels)] * 4, full_size=True)
    request = explain.Request(ImageItem(photograph, RUN), image, photograph.label)
    (found,) = explain.maps_of(Tools(classifier, SEED, SLOTS), [request])
    own = shares(found)
    assert own is not None
    assert np.mean(own) == pytest.approx(0.25)
    assert max(own) < 0.5  # and in none much more


class _Coloured(nn.Module):
    """The logit of class 0, 1 or 2 is how much there is of the first, second or third colour."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        mean = images.clamp(min=0).pow(2).mean(dim=(2, 3))
        return nn.functional.pad(mean, (0, 997))


def coloured(colour: int) -> np.ndarray[Any, Any]:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., colour] = 200
    return pixels


def test_a_network_that_sees_one_colour_a_class_points_at_it_alone() -> None:
    """Of four photographs, each of one colour, a class's map lies on its own: the share is 1.

    A photograph that is classified wrongly is in no mosaic, so the three that are left make none.
    """
    plain = replace(preprocessing(8), mean=(0, 0, 0), std=(1, 1, 1))
    classifier = Classifier(_Coloured(), plain)
    photographs = [LabelledImage(f"{c:016x}", c, coloured(c)) for c in range(3)]
    grey = np.full((8, 8, 3), 0, np.uint8)
    photographs.append(LabelledImage(f"{9:016x}", 999, grey))  # wrong: predicted as class 0
    outcomes = outcomes_of(classifier, photographs)
    rows = rows_of(classifier, outcomes, rounds=3)
    assert [row["grid_mosaics"] for row in rows] == [0] * 4
    assert {row["grid_pointing"] for row in rows} == {None}
    right = [
        Outcome(o.item, [{**o.rows[0], "prediction": o.item.image.label}], o.arrays)
        for o in outcomes
    ]
    rows = rows_of(classifier, right, rounds=3)
    assert sum(row["grid_mosaics"] for row in rows) == 3
    opened = [row["grid_pointing"] for row in rows if row["grid_mosaics"]]
    assert opened == [1.0] * len(opened)  # the grey one's map is zero and does not count
    assert all((row["grid_pointing"] is None) == (not row["grid_mosaics"]) for row in rows)


def test_too_few_classes_make_no_mosaic() -> None:
    classifier = convolutional()
    photographs = samples_of(classifier, pictures(18, 3))
    rows = rows_of(classifier, outcomes_of(classifier, photographs))
    assert {row["grid_pointing"] for row in rows} == {None}
    assert {row["grid_mosaics"] for row in rows} == {0}


def test_where_the_network_takes_no_mosaic_its_photographs_are_halved() -> None:
    torch.manual_seed(0)
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 1000))
    classifier = Classifier(flat, preprocessing(8))
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(8, 6)))
    rows = rows_of(classifier, outcomes)
    assert {row["grid_halved"] for row in rows} == {True}
    assert sum(row["grid_mosaics"] for row in rows) == 2
    labels = {o.item.image.image_id: o.item.image.label for o in outcomes}
    (first,) = draw_mosaics(labels, seed=SEED, round_=0)
    weight = (flat[1].weight.view(1000, 3, 8, 8) / classifier.std).abs().amax(dim=1).detach()
    expected: dict[str, list[float]] = {}
    for round_ in range(2):
        for mosaic in draw_mosaics(labels, seed=SEED, round_=round_):
            found = [shares(weight[labels[key]].numpy()) for key in mosaic]
            own = [quarters[place] for place, quarters in enumerate(found) if quarters]
            expected.setdefault(mosaic[0], []).append(float(np.mean(own)))
    for outcome, row in zip(outcomes, rows, strict=True):
        opened = expected.get(outcome.item.image.image_id)
        assert row["grid_pointing"] == (None if opened is None else pytest.approx(np.mean(opened)))
    assert first[0] in expected


def test_mosaics_are_of_the_photographs_that_are_classified_rightly() -> None:
    classifier = convolutional()
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(18, 9)))
    wrong = {outcome.item.image.image_id for outcome in outcomes[::2]}
    mixed = [
        Outcome(o.item, [{**o.rows[0], "prediction": -1}], o.arrays)
        if o.item.image.image_id in wrong
        else o
        for o in outcomes
    ]
    right = [outcome for outcome in mixed if outcome.item.image.image_id not in wrong]
    rows = dict(
        zip((o.item.image.image_id for o in mixed), rows_of(classifier, mixed), strict=True)
    )
    alone = dict(
        zip((o.item.image.image_id for o in right), rows_of(classifier, right), strict=True)
    )
    assert {key: rows[key] for key in alone} == alone
    assert sum(row["grid_mosaics"] for row in alone.values()) == 2
    assert {rows[key]["grid_pointing"] for key in wrong} == {None}


def test_the_first_mosaic_that_counts_is_kept_to_be_looked_at() -> None:
    torch.manual_seed(0)
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 1000))
    classifiers = [convolutional(), Classifier(flat, preprocessing(8))]  # whole and halved
    for classifier in classifiers:
        side = classifier.input_size
        outcomes = outcomes_of(classifier, samples_of(classifier, pictures(side, 6)))
        labels = {o.item.image.image_id: o.item.image.label for o in outcomes}
        mosaic = draw_mosaics(labels, seed=SEED, round_=0)[0]
        found = dict(zip(labels, arrays_of(classifier, outcomes), strict=True))
        (kept,) = [image_id for image_id, arrays in found.items() if arrays]
        assert kept == mosaic[0]
        arrays = found[kept]
        assert arrays["mosaic/labels"].tolist() == [labels[i] for i in mosaic]
        assert arrays["mosaic/picture"].shape == (side, side, 3)
        assert arrays["mosaic/maps"].shape == (4, side, side)
        own = [shares(one) for one in arrays["mosaic/maps"]]
        expected = [q[place] if q else np.nan for place, q in enumerate(own)]
        assert arrays["mosaic/shares"] == pytest.approx(expected, abs=0.02, nan_ok=True)


def test_nothing_is_kept_where_no_mosaic_counts() -> None:
    classifier = convolutional()
    outcomes = outcomes_of(classifier, samples_of(classifier, pictures(18, 6)))
    wrong = [Outcome(o.item, [{**o.rows[0], "prediction": -1}], o.arrays) for o in outcomes]
    assert arrays_of(classifier, wrong) == [{}] * len(wrong)
