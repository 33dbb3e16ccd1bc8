"""The engine on a GPU: close to the CPU, equal bits in any order. `make gpu-check` runs these."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torchvision import models

from attacking import aimed, attacked, bits, counters, predicted, run_of
from inputgrad.adversarial.records import Attack
from inputgrad.engine.determinism import set_up
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.records import LabelledImage
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.pooling import MaxPool2d
from small_networks import convolutional, pictures, preprocessing, samples_of, squeezenet

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"),
]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def classifier() -> Iterator[Classifier]:
    set_up(torch.device("cuda"), threads=1)
    yield convolutional().to("cuda")
    torch.use_deterministic_algorithms(False)


@pytest.fixture(scope="module")
def samples(classifier: Classifier) -> list[LabelledImage]:
    return samples_of(classifier, pictures(classifier.input_size, 7))


def attacks_on(
    classifier: Classifier, samples: list[LabelledImage], precision: str
) -> list[Attack]:
    run = run_of(eta=0.05, budget=12, search_precision=precision)
    return aimed(classifier, samples, run, "runner_up")


def test_gradients_agree_with_those_of_the_cpu(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    images = torch.stack([to_tensor(sample.pixels) for sample in samples])
    targets = torch.arange(len(samples))
    here = score_and_gradient(convolutional(), images, targets)
    there = score_and_gradient(classifier, images.to("cuda"), targets.to("cuda"))
    torch.testing.assert_close(there.logits.cpu(), here.logits, rtol=1e-4, atol=1e-4)
    largest = float(here.gradient.abs().max())
    torch.testing.assert_close(there.gradient.cpu(), here.gradient, rtol=1e-3, atol=1e-4 * largest)


def test_squeezenets_gradients_of_living_and_dead_classes_agree_with_those_of_the_cpu() -> None:
    images = torch.stack([to_tensor(picture) for picture in pictures(64, 4)])
    here, there = squeezenet(), squeezenet().to("cuda")
    with torch.no_grad():
        logits = here(images)
    targets = torch.cat([logits[:2].argmax(dim=1), logits[2:].argmin(dim=1)])
    expected = score_and_gradient(here, images, targets)
    found = score_and_gradient(there, images.to("cuda"), targets.to("cuda"))
    assert found.zero.tolist() == expected.zero.tolist() == [False, False, True, True]
    torch.testing.assert_close(found.score.cpu(), expected.score, rtol=1e-3, atol=1e-4)
    difference = (found.gradient.cpu() - expected.gradient).flatten(1).norm(dim=1)
    assert (difference <= 0.01 * expected.gradient.flatten(1).norm(dim=1)).all()


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_bits_are_the_same_in_any_order_and_split(
    classifier: Classifier, samples: list[LabelledImage], precision: str
) -> None:
    attacks = attacks_on(classifier, samples, precision)
    together = [bits(result) for result in attacked(classifier, attacks)]
    assert len({counted for _, counted in together}) > 1
    assert [bits(result) for result in attacked(classifier, attacks[::-1])][::-1] == together
    halves = [*attacked(classifier, attacks[:3]), *attacked(classifier, attacks[3:])]
    assert [bits(result) for result in halves] == together


def test_every_success_of_a_coarse_search_holds_in_float32(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    attacks = attacks_on(classifier, samples, "bfloat16")
    results = attacked(classifier, attacks)
    for attack, result in zip(attacks, results, strict=True):
        assert counters(result).success == (predicted(classifier, result) == attack.target)
    assert any(counters(result).success for result in results)


@pytest.mark.usefixtures("classifier")
@pytest.mark.parametrize("architecture", ["squeezenet1_1", "vgg16", "alexnet", "resnet18"])
def test_torchvisions_networks_have_deterministic_gradients(architecture: str) -> None:
    """torch refuses what is not deterministic, rather than to warn as in a job."""
    torch.use_deterministic_algorithms(mode=True, warn_only=False)
    try:
        torch.manual_seed(0)
        network = Classifier(models.get_model(architecture), preprocessing(224)).to("cuda")
        images = torch.rand(4, 3, 224, 224, device="cuda")
        targets = torch.arange(4, device="cuda")
        once, again = (score_and_gradient(network, images, targets).gradient for _ in range(2))
    finally:
        torch.use_deterministic_algorithms(mode=True, warn_only=True)
    assert once.abs().max() > 0
    assert torch.equal(once, again)


def test_max_pooling_sums_as_on_the_cpu() -> None:
    drawn = torch.randn(2, 8, 27, 27, generator=torch.Generator().manual_seed(0)).round()
    layer, found = MaxPool2d(3, 2, ceil_mode=True), []
    for device in ("cpu", "cuda"):
        leaf = drawn.to(device, memory_format=torch.channels_last).requires_grad_()
        weights = torch.linspace(-1, 1, 2 * 8 * 13 * 13).view(2, 8, 13, 13).to(device)
        found.append(torch.autograd.grad(layer(leaf), leaf, weights)[0].cpu())
    assert torch.equal(found[0], found[1])


def test_the_benchmark_runs_on_the_gpu(tmp_path: Path) -> None:
    output = tmp_path / "benchmark.json"
    command = [sys.executable, str(ROOT / "benchmarks" / "run.py"), "--device", "cuda", "--quick"]
    command += ["--only", "attack_vs_notebook", "engine_efficiency", "--output", str(output)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    figures = json.loads(output.read_text())["figures"]
    assert {f["key"] for f in figures} >= {"attack_vs_notebook", "engine_efficiency"}
    assert all(f["median"] > 0 for f in figures)
