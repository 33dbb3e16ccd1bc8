"""Scores and what is read from them; pixels, contrast and random streams."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from inputgrad.engine import prediction
from inputgrad.engine.randomness import Noise, generator
from inputgrad.engine.records import ImageItem, LabelledImage, Record, Run
from inputgrad.engine.scoring import confidences, margin, score_images, score_tensors
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, repeated, samples_of, squeezenet

SLOTS = 3
scores = arrays(np.float32, st.integers(2, 40), elements=st.floats(-1000, 1000, width=32))


@given(logits=scores)
def test_confidences_equal_scipys_softmax(logits: NDArray[np.float32]) -> None:
    found = confidences(logits)
    np.testing.assert_allclose(found, softmax(logits.astype(float)), atol=1e-15)
    assert found.sum() == pytest.approx(1)
    assert found[logits.argmax()] == found.max()
    np.testing.assert_allclose(confidences(logits + np.float32(8)), found, rtol=0.01, atol=1e-9)


@given(logits=scores, data=st.data())
def test_margin_is_positive_where_the_class_leads(
    logits: NDArray[np.float32], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(logits) - 1))
    found = margin(logits, index)
    others = [float(v) for i, v in enumerate(logits) if i != index]
    assert found == float(logits[index]) - max(others)
    assert (found > 0) == all(logits[index] > v for v in others)


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(4)), cut=st.integers(0, 4))
def test_predictions_are_the_same_however_the_work_is_split(order: list[int], cut: int) -> None:
    network = squeezenet(64)
    samples = [LabelledImage(str(i), i, pixels) for i, pixels in enumerate(pictures(64, 4))]
    together = [repr(record.row) for record in predicted(network, samples)]
    for part in (order[:cut], order[cut:]):
        found = predicted(network, [samples[position] for position in part])
        assert [repr(record.row) for record in found] == [together[position] for position in part]


def test_tensors_are_scored_as_pixels_are_and_no_more_are_taken_than_there_are_slots() -> None:
    network, taken = squeezenet(64), []
    images = pictures(64, 5)
    expected = score_images(network, images, slots=SLOTS)

    def tensors() -> Iterator[Tensor]:
        for number, pixels in enumerate(images):
            taken.append(number)
            yield to_tensor(pixels).contiguous()

    found = score_tensors(network, tensors(), slots=SLOTS)
    assert (next(found) == expected[0]).all()
    assert taken == [0, 1, 2]
    for scores, other in zip(found, expected[1:], strict=True):
        assert (scores == other).all()


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_scores_come_in_order_and_as_from_a_batch_of_constant_shape(count: int) -> None:
    network = squeezenet(64)
    images = pictures(64, 5)[:count]
    found = score_images(network, images, slots=SLOTS)
    assert len(found) == count
    with torch.no_grad():
        expected = [network(repeated(image, SLOTS))[0].numpy() for image in images]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len({one.tobytes() for one in found}) == count


def predicted(network: Classifier, samples: list[LabelledImage]) -> list[Record]:
    items = [ImageItem(sample, Run("p", "predict", prediction.Parameters())) for sample in samples]
    found = [*prediction.compute(network, items, seed=0, slots=SLOTS)]
    assert [position for position, _ in found] == [*range(len(items))]
    return [record for _, (record,) in found]


def test_rows_of_predictions() -> None:
    network = convolutional()
    right = samples_of(network, pictures(18, 3))
    (ranked,) = score_images(network, [right[0].pixels], slots=SLOTS)
    third = int(np.argsort(-ranked)[2])
    samples = [*right, LabelledImage("third", third, right[0].pixels)]
    records = predicted(network, samples)
    for sample, record in zip(right, records, strict=False):
        assert record.row.keys() == {column.name for column in prediction.COLUMNS}
        assert record.row["correct"] is True
        assert record.row["label_rank"] == 1
        assert record.row["margin"] > 0
        assert record.row["confidence_label"] == record.row["confidence_prediction"]
        np.testing.assert_array_equal(record.arrays["photograph"], sample.pixels)
    row = records[-1].row
    probability = softmax(ranked.astype(float))
    assert (row["correct"], row["label_rank"], row["prediction"]) == (False, 3, right[0].label)
    assert row["margin"] == pytest.approx(float(ranked[third] - ranked.max()))
    assert row["confidence_label"] == pytest.approx(probability[third])
    assert row["confidence_prediction"] == pytest.approx(probability.max())


def test_contrast() -> None:
    halves = np.zeros((4, 4, 3), np.uint8)
    halves[:2] = 255
    assert prediction.contrast(np.full((4, 4, 3), 77, np.uint8)) == pytest.approx(0, abs=1e-12)
    assert prediction.contrast(halves) == pytest.approx(0.5)
    green = halves * np.array([0, 1, 0], np.uint8)
    assert prediction.contrast(green) == pytest.approx(0.587 / 2)


# --- pixels and random streams ---------------------------------------------------------------


@settings(deadline=None)
@given(pixels=arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))))
def test_pixels_survive_the_way_to_a_tensor_and_back(pixels: NDArray[np.uint8]) -> None:
    image = to_tensor(pixels)
    assert image.shape == (3, *pixels.shape[:2])
    assert image.dtype == torch.float32
    np.testing.assert_array_equal(to_pixels(image), pixels)
    np.testing.assert_array_equal(image.numpy(), (pixels / np.float32(255)).transpose(2, 0, 1))


def test_pixels_are_rounded_to_the_nearest_level_and_clipped() -> None:
    values = torch.tensor([-0.2, 0.4 / 255, 0.6 / 255, 99.4 / 255, 254.6 / 255, 1.7])
    found = to_pixels(values.view(1, 1, 6).expand(3, 1, 6))
    assert found[0, :, 0].tolist() == [0, 0, 1, 99, 255, 255]


def test_streams_are_named_by_seed_key_and_purpose() -> None:
    names = [(0, "a", "noise"), (1, "a", "noise"), (0, "b", "noise"), (0, "a", "shifts")]
    drawn = [torch.randn(4, generator=generator(*name)).tolist() for name in names]
    assert len({tuple(one) for one in drawn}) == 4
    torch.manual_seed(3)
    assert torch.randn(4, generator=generator(*names[0])).tolist() == drawn[0]
    state = torch.random.get_rng_state()
    generator(0, "x", "y")
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_stream_is_the_same_on_every_machine() -> None:
    """Pinned: a change here changes every number of the report."""
    assert generator(0, "0123456789abcdef", "noise").initial_seed() == 481181907905827183


def test_noise_continues_each_rows_own_stream_whatever_its_neighbours() -> None:
    streams, images = [11, 12, 11], torch.zeros(3, 3, 4, 5)
    noise = Noise(streams, images)
    drawn = [noise.normal() for _ in range(3)]
    for row, stream in enumerate(streams):
        alone = torch.Generator().manual_seed(stream)
        for sample in drawn:
            assert torch.equal(sample[row], torch.randn(3, 4, 5, generator=alone))
    assert not torch.equal(drawn[0][0], drawn[1][0])
    assert not torch.equal(drawn[0][0], drawn[0][1])
