"""The attack: against a plain loop, on toy networks that can be solved by hand, and its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision import models

from inputgrad.adversarial import attack
from inputgrad.adversarial.ascent import Ascent, Attack, Outcome
from inputgrad.adversarial.attacks.gradient_ascent import update
from inputgrad.adversarial.targets import CLASSES, choose_target
from inputgrad.engine.randomness import generator, other_class
from inputgrad.engine.records import LabelledImage, Pixels, Record, Run
from inputgrad.engine.scoring import score_images
from inputgrad.engine.slots import run_slots
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.squeezenet import SqueezeNetClassifier
from small_networks import (
    convolutional,
    mean_class_map,
    pictures,
    preprocessing,
    repeated,
    samples_of,
    squeezenet,
)

SLOTS = 3
BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet}


def run_of(eta: float, budget: int, *targets: str, name: str = "run") -> Run:
    return Run(name, "gradient_ascent", {"eta": eta, "budget": budget, "targets": [*targets]})


def attacked(classifier: Classifier, *attacks: Attack) -> list[Outcome]:
    found = run_slots(Ascent(classifier, "gradient_ascent"), attacks, slots=SLOTS)
    return [outcome for _, outcome in sorted(found, key=lambda pair: pair[0])]


def reference(
    classifier: Classifier, pixels: Pixels, target: int, *, eta: float, budget: int
) -> tuple[NDArray[np.float32], int, bool]:
    """The rule of the practical work for one photograph, in a batch of equal rows."""
    images = repeated(pixels, SLOTS)
    for iteration in range(budget + 1):
        leaf = images.clone(memory_format=torch.preserve_format).requires_grad_()
        logits = classifier(leaf)
        fooled = int(logits[0].argmax()) == target
        if fooled or iteration == budget:
            break
        (gradient,) = torch.autograd.grad(logits[:, target].sum(), leaf)
        norm = gradient[0].double().square().sum().sqrt().float()
        images = (images + eta * (gradient / norm)).clamp(0, 1)
    return images[0].numpy(), iteration, fooled


@pytest.fixture(scope="module", params=list(BUILDERS))
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return BUILDERS[request.param]()


@pytest.fixture(scope="module")
def samples(classifier: Classifier) -> list[LabelledImage]:
    return samples_of(classifier, pictures(classifier.input_size, 5))


def attacks_on(classifier: Classifier, samples: Sequence[LabelledImage], run: Run) -> list[Attack]:
    """One attack each on a class within reach: most classes of a random SqueezeNet are not."""
    policy = "runner_up" if isinstance(classifier, SqueezeNetClassifier) else "random"
    logits = score_images(classifier, [s.pixels for s in samples], slots=SLOTS)
    return [
        Attack(sample, run, policy, choose_target(policy, sample, scores, seed=0))
        for sample, scores in zip(samples, logits, strict=True)
    ]


@pytest.mark.parametrize("eta", [0.4, 1.0])
def test_equals_a_plain_loop(
    classifier: Classifier, samples: list[LabelledImage], eta: float
) -> None:
    attacks = attacks_on(classifier, samples, run_of(eta, 12))
    ends = set()
    for item, outcome in zip(attacks, attacked(classifier, *attacks), strict=True):
        image, iterations, fooled = reference(
            classifier, item.sample.pixels, item.target, eta=eta, budget=12
        )
        row = outcome.row
        np.testing.assert_array_equal(outcome.image, image)
        assert (row["iterations"], row["success"], row["censored"]) == (
            iterations, fooled, not fooled,
        )  # fmt: skip
        assert row["gradient_evaluations"] == iterations + 1
        ends.add((iterations, fooled))
    assert len(ends) > 1


def test_image_after_the_last_step_is_tested(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    (plenty,) = attacked(classifier, *attacks_on(classifier, samples[4:], run_of(0.3, 90)))
    needed = plenty.row["iterations"]
    assert 1 < needed < 90
    enough, short = (
        attacked(classifier, *attacks_on(classifier, samples[4:], run_of(0.3, budget)))[0]
        for budget in (needed, needed - 1)
    )
    np.testing.assert_array_equal(enough.image, plenty.image)
    assert {**enough.row, "budget": 90} == plenty.row
    assert (short.row["success"], short.row["censored"]) == (False, True)
    assert (short.row["iterations"], short.row["gradient_evaluations"]) == (needed - 1, needed)


def test_photographs_that_the_model_gets_wrong_are_not_attacked(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    wrong = LabelledImage("bad", (samples[0].label + 1) % CLASSES, samples[0].pixels)
    # its prediction is the target, which alone must not count as success
    item = Attack(wrong, run_of(1.0, 5), "t", samples[0].label)
    (outcome,) = attacked(classifier, item)
    assert outcome.row["attacked"] is False
    assert outcome.row["prediction"] == samples[0].label
    np.testing.assert_array_equal(outcome.image, to_tensor(wrong.pixels).numpy())
    pairs = attack.compute(
        classifier, [samples[1], wrong], [run_of(1.0, 5, "random")], seed=0, slots=SLOTS
    )
    rows = {record.row["image_id"]: record for _, record in pairs}
    assert rows[samples[1].image_id].row["attacked"] is True
    assert rows["bad"].arrays == {}
    measures = set(rows[samples[1].image_id].row) - set(rows["bad"].row)
    assert measures >= {"iterations", "success", "success_png", "l2", "ssim", "margin", "censored"}


def test_every_row_of_one_call_has_its_own_settings(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    runs = [run_of(eta, 6, "random", "runner_up", name=f"eta{eta}") for eta in (0.1, 1.0, 4.0)]
    together = _content(classifier, samples, runs)
    apart: dict[Any, Any] = {}
    for run in runs:
        apart |= _content(classifier, samples, [run])
    assert len(together) == 30
    assert together == apart


def _content(
    classifier: Classifier, samples: Sequence[LabelledImage], runs: Sequence[Run]
) -> dict[Any, Any]:
    return {
        (run, record.row["image_id"], record.row["target_policy"]): (
            record.row,
            {name: array.tobytes() for name, array in record.arrays.items()},
        )
        for run, record in attack.compute(classifier, samples, runs, seed=1, slots=SLOTS)
    }


# --- targets ---------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**31 - 1), image_id=st.text(max_size=16), label=st.integers(0, 999))
def test_random_target_is_never_the_label_and_hangs_on_no_model(
    seed: int, image_id: str, label: int
) -> None:
    sample = LabelledImage(image_id, label, np.zeros((2, 2, 3), np.uint8))
    drawn = {
        choose_target("random", sample, logits, seed=seed)
        for logits in (None, np.zeros(CLASSES, np.float32), np.arange(CLASSES, dtype=np.float32))
    }
    (target,) = drawn
    assert 0 <= target < CLASSES
    assert target != label


def test_every_other_class_is_drawn_equally_often() -> None:
    drawn = [other_class(0, key, "p", label=2, classes=5) for key in range(4000)]
    counts = np.bincount(drawn, minlength=5)
    assert counts[2] == 0
    assert counts[[0, 1, 3, 4]].min() > 900  # 1000 expected, standard deviation 27


def test_model_dependent_targets() -> None:
    logits = np.random.default_rng(0).permutation(CLASSES).astype(np.float32)
    best, second = (int(np.argmax(logits == CLASSES - rank)) for rank in (1, 2))
    worst, second_worst = (int(np.argmax(logits == rank)) for rank in (0, 1))

    def choose(policy: str, label: int) -> int:
        sample = LabelledImage("x", label, np.zeros((2, 2, 3), np.uint8))
        return choose_target(policy, sample, logits, seed=0)

    assert choose("runner_up", best) == second
    assert choose("runner_up", second) == best
    assert choose("least_likely", best) == worst
    assert choose("least_likely", worst) == second_worst


def test_two_models_are_given_the_same_random_targets() -> None:
    found = []
    for builder in BUILDERS.values():
        classifier = builder(64)
        samples = [LabelledImage(f"id{i}", 7 * i, p) for i, p in enumerate(pictures(64, 3))]
        pairs = attack.compute(classifier, samples, [run_of(1.0, 1, "random")], seed=4, slots=SLOTS)
        found.append({record.row["image_id"]: record.row["target"] for _, record in pairs})
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 3


# --- the final ReLU --------------------------------------------------------------------------


def test_zero_gradients_are_counted_and_left_behind() -> None:
    squeeze = squeezenet(64)
    (sample,) = samples_of(squeeze, pictures(64, 1))
    with torch.no_grad():
        images = repeated(sample.pixels, SLOTS)
        logits, means = squeeze(images), mean_class_map(squeeze, images)
    dead = torch.where(logits[0] == 0, means[0], -torch.inf)
    target = int(dead.argmax())  # the class that is nearest to having a gradient
    (outcome,) = attacked(squeeze, Attack(sample, run_of(1.0, 60), "t", target))
    assert 0 < outcome.row["zero_gradient"] < outcome.row["iterations"]
    with torch.no_grad():
        assert squeeze(torch.from_numpy(outcome.image)[None])[0, target] > 0


def test_zero_gradients_are_counted_where_a_step_was_taken() -> None:
    squeeze = squeezenet(64)
    (sample,) = samples_of(squeeze, pictures(64, 1))
    with torch.no_grad():
        hopeless = int(mean_class_map(squeeze, repeated(sample.pixels, SLOTS))[0].argmin())
    (outcome,) = attacked(squeeze, Attack(sample, run_of(0.1, 3), "t", hopeless))
    assert outcome.row["gradient_evaluations"] == 4
    assert outcome.row["zero_gradient"] == outcome.row["iterations"] == 3


def test_without_a_way_out_nothing_moves_and_no_number_is_made_up() -> None:
    torch.manual_seed(0)
    plain = Classifier(models.squeezenet1_1(), preprocessing(64))
    (sample,) = samples_of(plain, pictures(64, 1))
    (logits,) = score_images(plain, [sample.pixels], slots=SLOTS)
    target = int(logits.argmin())
    (outcome,) = attacked(plain, Attack(sample, run_of(1.0, 3), "t", target))
    np.testing.assert_array_equal(outcome.image, to_tensor(sample.pixels).numpy())
    assert outcome.row["censored"]
    assert outcome.row["predicted_iterations"] is None


# --- bounds ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31 - 1),
    etas=st.lists(st.floats(0.001, 100), min_size=1, max_size=4),
)
def test_a_step_has_length_eta_and_stays_in_range(seed: int, etas: list[float]) -> None:
    drawn = torch.Generator().manual_seed(seed)
    images = torch.rand(len(etas), 3, 6, 5, generator=drawn)
    gradients = torch.randn(images.shape, generator=drawn)
    moved = update(images, gradients, torch.tensor(etas))
    assert moved.min() >= 0
    assert moved.max() <= 1
    lengths = (moved - images).flatten(1).norm(dim=1)
    assert (lengths <= torch.tensor(etas) * (1 + 1e-5) + 1e-6).all()
    middle = torch.full_like(images, 0.5)
    small = torch.tensor(etas).clamp(max=0.4)
    exact = (update(middle, gradients, small) - middle).flatten(1).norm(dim=1)
    torch.testing.assert_close(exact, small, rtol=1e-4, atol=1e-5)


def test_images_stay_in_range_at_any_step_length() -> None:
    network = convolutional()
    extremes = [np.zeros((18, 18, 3), np.uint8), np.full((18, 18, 3), 255, np.uint8)]
    for eta in (0.3, 50.0):
        items = [
            Attack(sample, run_of(eta, 6), "t", (sample.label + 9) % CLASSES)
            for sample in samples_of(network, [*extremes, *pictures(18, 2)])
        ]
        for outcome in attacked(network, *items):
            assert outcome.row["iterations"] > 0
            assert outcome.image.min() >= 0
            assert outcome.image.max() <= 1
            assert outcome.image.dtype == np.float32


# --- judged as a file ------------------------------------------------------------------------


class Brightness(nn.Module):
    """Class 1 wins once the mean of the normalised image exceeds `threshold`, else class 0."""

    def __init__(self, threshold: float) -> None:
        super().__init__()
        self._threshold = threshold

    def forward(self, images: Tensor) -> Tensor:
        logits = torch.full((len(images), CLASSES), -20.0)
        excess = 1000 * (images.mean(dim=(1, 2, 3)) - self._threshold)
        return torch.cat([0 * excess[:, None], excess[:, None], logits[:, 2:]], dim=1)


def grey(size: int = 16) -> LabelledImage:
    return LabelledImage("grey", 0, np.full((size, size, 3), 100, np.uint8))


def brightness(above: float) -> Classifier:
    """The grey photograph is `above` (in [0, 1] units) too dark for class 1."""
    bare = Classifier(nn.Identity(), preprocessing(16))
    mean = bare.normalize(to_tensor(grey().pixels)[None]).mean()
    return Classifier(Brightness(float(mean + above / bare.std.mean())), preprocessing(16))


def compute_one(classifier: Classifier, sample: LabelledImage, run: Run) -> Record:
    ((name, record),) = attack.compute(classifier, [sample], [run], seed=0, slots=SLOTS)
    assert name == run.name
    return record


def one_target(monkeypatch: pytest.MonkeyPatch, target: int) -> None:
    monkeypatch.setattr(attack, "choose_target", lambda *_, **__: target)


def test_success_that_rounding_undoes(monkeypatch: pytest.MonkeyPatch) -> None:
    one_target(monkeypatch, 1)
    record = compute_one(brightness(0.3 / 255), grey(), run_of(0.005, 40, "random"))
    row = record.row
    assert (row["success"], row["success_png"]) == (True, False)
    assert row["iterations"] > 1
    assert (row["l0"], row["l2_png"], row["ssim"]) == (0, 0.0, 1.0)
    assert row["linf"] < 0.5 / 255
    assert row["margin"] < 0
    assert row["confidence_target_after"] == pytest.approx(row["confidence_target_before"])
    np.testing.assert_array_equal(record.arrays["adversarial/random"], grey().pixels)


def test_success_that_rounding_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    one_target(monkeypatch, 1)
    network = brightness(2.6 / 255)
    record = compute_one(network, grey(), run_of(0.1, 40, "random"))
    row = record.row
    assert (row["success"], row["success_png"]) == (True, True)
    assert row["margin"] > 0
    assert row["confidence_label_before"] > 0.5 > row["confidence_label_after"]
    assert row["l0"] == 256
    assert row["control_changed"] is False
    # the nearest image of the class is brighter by the same in every pixel; steps lead past it
    distance = 2.6 / 255 * np.sqrt(3 * 256)
    assert distance <= row["l2"] <= distance + 0.1
    assert row["iterations"] == np.ceil(distance / 0.1)
    assert row["predicted_iterations"] == pytest.approx(distance / 0.1, rel=0.02)


def test_what_is_judged_is_what_the_file_gives_back(monkeypatch: pytest.MonkeyPatch) -> None:
    one_target(monkeypatch, 1)
    network = brightness(2.6 / 255)
    files: list[bytes] = []

    def damaged(data: bytes) -> Pixels:
        files.append(data)
        return np.full((16, 16, 3), 7, np.uint8)

    monkeypatch.setattr(attack, "from_png", damaged)
    record = compute_one(network, grey(), run_of(0.1, 40, "random"))
    (dark,) = score_images(network, [np.full((16, 16, 3), 7, np.uint8)], slots=SLOTS)
    assert all(data.startswith(b"\x89PNG") for data in files)
    assert (record.row["success"], record.row["success_png"]) == (True, False)
    assert record.row["margin"] == float(dark[1]) - float(dark[0])
    assert record.row["l0"] == 256


def test_row_measures_the_image_that_was_found(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    attacks = attacks_on(classifier, samples, run_of(1.0, 6))
    run = run_of(1.0, 6, attacks[0].target_policy)
    outcomes = {o.attack.sample.image_id: o for o in attacked(classifier, *attacks)}
    for _, record in attack.compute(classifier, samples, [run], seed=0, slots=SLOTS):
        row, sample = record.row, outcomes[record.row["image_id"]].attack.sample
        original = sample.pixels.transpose(2, 0, 1) / 255
        difference = outcomes[sample.image_id].image - original
        filed = record.arrays[f"adversarial/{row['target_policy']}"]
        (logits,) = score_images(classifier, [filed], slots=SLOTS)
        assert row["l2"] == pytest.approx(np.linalg.norm(difference), rel=1e-5)
        assert row["linf"] == pytest.approx(np.abs(difference).max(), rel=1e-5)
        assert row["l2"] <= row["iterations"] * 1.0 * (1 + 1e-5)
        assert row["l0"] == (filed != sample.pixels).any(axis=2).sum()
        assert row["l2_png"] == pytest.approx(
            np.linalg.norm((filed.astype(float) - sample.pixels) / 255), rel=1e-5
        )
        assert row["success_png"] == (int(logits.argmax()) == row["target"])
        np.testing.assert_array_equal(
            filed, np.rint(outcomes[sample.image_id].image.transpose(1, 2, 0) * 255)
        )


def test_control_has_the_same_norm_before_rounding() -> None:
    (pixels,) = pictures(32, 1)
    original = to_tensor((pixels // 2 + 64).astype(np.uint8))  # room on both sides
    altered = original.clone()
    altered[:, 3:9, 4:8] += 0.2
    noisy = [
        attack.control_image(original, altered, generator=generator(0, key, "control"))
        for key in ("a", "a", "b")
    ]
    length = float((altered - original).norm())
    assert float((noisy[0] - original).norm()) == pytest.approx(length, rel=1e-4)
    assert torch.equal(noisy[0], noisy[1])
    assert not torch.equal(noisy[0], noisy[2])
    values = ((noisy[0] - original) / length * np.sqrt(original.numel())).flatten()
    assert abs(float(values.mean())) < 0.1
    assert float((values.abs() < 1).float().mean()) == pytest.approx(0.683, abs=0.03)
    assert (to_pixels(noisy[0]) != to_pixels(original)).any()
