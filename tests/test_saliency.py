"""Saliency: bit-equal to Captum, and its measures taken from the right maps."""

from __future__ import annotations

import captum.attr
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn

from inputgrad.engine.randomness import generator, other_class
from inputgrad.engine.records import LabelledImage, Record, Run
from inputgrad.images import maps
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.saliency import explain
from inputgrad.saliency.methods import gradient
from small_networks import (
    convolutional,
    lite0,
    mean_class_map,
    pictures,
    preprocessing,
    repeated,
    samples_of,
    squeezenet,
)

SLOTS = 3
BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet, "lite0": lite0}
MEASURES = ("half_mass_share", "gini", "stability_spearman", "class_sensitivity", "box_share")


def run_of(name: str = "run", *, noise_sd: float = 0.1, box_quantile: float = 0.9) -> Run:
    return Run(name, "gradient", {"noise_sd": noise_sd, "box_quantile": box_quantile})


def explained(classifier: Classifier, samples: list[LabelledImage], run: Run) -> dict[str, Record]:
    pairs = explain.compute(classifier, samples, [run], seed=7, slots=SLOTS)
    return {record.row["image_id"]: record for _, record in pairs}


def captum_maps(classifier: Classifier, images: Tensor, targets: Tensor) -> Tensor:
    """Captum's absolute gradients, then the maximum over the colours."""
    leaf = images.clone(memory_format=torch.preserve_format).requires_grad_()
    method = captum.attr.Saliency(classifier)
    attribution: Tensor = method.attribute(leaf, target=targets, abs=True)
    return attribution.amax(dim=1)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_maps_equal_captums_bit_for_bit(name: str) -> None:
    classifier = BUILDERS[name]()
    samples = samples_of(classifier, pictures(classifier.input_size, 2))
    images = torch.stack([to_tensor(sample.pixels) for sample in samples])
    labels = torch.tensor([sample.label for sample in samples])
    found = gradient.attribute(classifier, images, labels)
    assert torch.equal(found.maps, captum_maps(classifier, images, labels))
    assert (found.maps > 0).any()
    records = explained(classifier, samples, run_of())
    for sample in samples:
        images = repeated(sample.pixels, SLOTS)
        expected = captum_maps(classifier, images, torch.full((SLOTS,), sample.label))[0]
        np.testing.assert_array_equal(records[sample.image_id].arrays["saliency"], expected.numpy())


def map_of(classifier: Classifier, image: Tensor, target: int) -> NDArray[np.float32]:
    """One map by autograd alone."""
    leaf = image[None].clone().requires_grad_()
    score = classifier(leaf)[0, target]
    if isinstance(classifier, SqueezeNetClassifier) and score == 0:
        score = mean_class_map(classifier, leaf)[0, target]
    (found,) = torch.autograd.grad(score, leaf)
    return found[0].abs().amax(dim=0).numpy()


@pytest.mark.parametrize("name", ["convolutional", "squeezenet"])
def test_measures_belong_to_the_noisy_photograph_and_to_the_other_class(name: str) -> None:
    classifier = BUILDERS[name]()
    samples = samples_of(classifier, pictures(classifier.input_size, 3))
    records = explained(classifier, samples, run_of(noise_sd=0.1, box_quantile=0.9))
    for sample in samples:
        row, key = records[sample.image_id].row, sample.image_id
        image = to_tensor(sample.pixels)
        noise = torch.randn(image.shape, generator=generator(7, key, "saliency noise"))
        other = other_class(7, key, "saliency class", label=sample.label, classes=1000)
        assert other != sample.label
        plain = map_of(classifier, image, sample.label)
        noisy = map_of(classifier, (image + 0.1 * noise).clamp(0, 1), sample.label)
        different = map_of(classifier, image, other)
        stability = spearmanr(plain, noisy, axis=None).statistic
        assert row["stability_spearman"] == pytest.approx(stability, abs=1e-3)
        similarity = spearmanr(plain, different, axis=None).statistic
        assert row["class_sensitivity"] == pytest.approx(1 - similarity, abs=1e-3)
        assert row["stability_spearman"] < 0.9999
        found = records[key].arrays["saliency"]
        assert row["half_mass_share"] == maps.half_mass_share(found)
        assert row["gini"] == maps.gini(found)
        top, left, bottom, right = records[key].arrays["box"]
        assert (top, left, bottom, right) == maps.salient_box(found, quantile=0.9)
        assert row["box_share"] == (bottom - top) * (right - left) / found.size


def test_row_tells_score_prediction_and_norm() -> None:
    classifier = convolutional()
    (right,) = samples_of(classifier, pictures(18, 1))
    wrong = LabelledImage("wrong", (right.label + 1) % 1000, right.pixels)
    records = explained(classifier, [right, wrong], run_of())
    for sample in (right, wrong):
        row = records[sample.image_id].row
        leaf = to_tensor(sample.pixels)[None].requires_grad_()
        logits = classifier(leaf)[0]
        (found,) = torch.autograd.grad(logits[sample.label], leaf)
        assert (row["prediction"], row["label"]) == (right.label, sample.label)
        assert row["score"] == pytest.approx(logits[sample.label].item(), rel=1e-5)
        assert row["gradient_l2"] == pytest.approx(float(found.norm()), rel=1e-5)
        assert row["zero_gradient"] is False


def test_noise_and_other_class_are_the_same_for_every_run_and_model() -> None:
    runs = [run_of("a"), run_of("b")]
    network = convolutional()
    samples = samples_of(network, pictures(18, 2))
    rows = {
        (run, record.row["image_id"]): {**record.row, "run": None}
        for run, record in explain.compute(network, samples, runs, seed=7, slots=SLOTS)
    }
    assert len(rows) == 4
    for sample in samples:
        assert rows["a", sample.image_id] == rows["b", sample.image_id]


def test_dead_labels_are_marked() -> None:
    classifier = squeezenet()
    (sample,) = samples_of(classifier, pictures(64, 1))
    with torch.no_grad():
        dead = int(classifier(repeated(sample.pixels, SLOTS))[0].argmin())
    (record,) = explained(
        classifier, [LabelledImage("dead", dead, sample.pixels)], run_of()
    ).values()
    assert record.row["zero_gradient"] is True
    assert record.row["gini"] is not None


def test_a_map_of_zeros_has_no_measure() -> None:
    head = nn.Linear(3 * 12 * 12, 1000)
    nn.init.zeros_(head.weight)
    constant = Classifier(nn.Sequential(nn.Flatten(), head), preprocessing(12))
    samples = samples_of(constant, pictures(12, 1))
    (record,) = explained(constant, samples, run_of()).values()
    assert not record.arrays["saliency"].any()
    assert "box" not in record.arrays
    assert {name: record.row[name] for name in MEASURES} == dict.fromkeys(MEASURES)
    assert record.row["gradient_l2"] == 0
