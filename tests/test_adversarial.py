"""Gradient ascent against a plain loop, targets and objectives, and the records of attacks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, multi_margin_loss
from torchvision import models

from attacking import SLOTS, aimed, attacked, bits, counters, run_of
from inputgrad.adversarial import attack
from inputgrad.adversarial.attacks.gradient_ascent import UnitSteps
from inputgrad.adversarial.criteria import Untargeted
from inputgrad.adversarial.loop import Loop
from inputgrad.adversarial.objectives import OBJECTIVES, logit
from inputgrad.adversarial.records import Attack
from inputgrad.adversarial.targets import choose_target
from inputgrad.engine.randomness import other_class
from inputgrad.engine.records import ImageItem, LabelledImage, Pixels, Record
from inputgrad.engine.scoring import score_images
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.photographs.classes import CLASS_COUNT
from small_networks import (
    STD,
    convolutional,
    lite0,
    mean_class_map,
    pictures,
    preprocessing,
    repeated,
    samples_of,
    squeezenet,
)

BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet}


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
def images(classifier: Classifier) -> list[LabelledImage]:
    return samples_of(classifier, pictures(classifier.input_size, 4))


def attacks_on(
    classifier: Classifier, images: list[LabelledImage], **parameters: Any
) -> list[Attack]:
    """One attack each on a class within reach: most classes of a random SqueezeNet are not."""
    policy = "runner_up" if isinstance(classifier, SqueezeNetClassifier) else "random"
    return aimed(classifier, images, run_of(**parameters), policy)


@pytest.mark.parametrize("eta", [0.4, 1.0])
def test_equals_a_plain_loop(
    classifier: Classifier, images: list[LabelledImage], eta: float
) -> None:
    attacks = attacks_on(classifier, images, eta=eta, budget=12)
    ends = set()
    for item, result in zip(attacks, attacked(classifier, attacks), strict=True):
        assert item.target is not None
        image, iterations, fooled = reference(
            classifier, item.image.pixels, item.target, eta=eta, budget=12
        )
        found = counters(result)
        np.testing.assert_array_equal(result.image, image)
        assert (found.iterations, found.success) == (iterations, fooled)
        assert found.gradient_evaluations == iterations + 1
        ends.add((iterations, fooled))
    assert len(ends) > 1


def test_image_after_the_last_step_is_tested(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    one = images[3:]
    (plenty,) = attacked(classifier, attacks_on(classifier, one, eta=0.3, budget=90))
    needed = counters(plenty).iterations
    assert 1 < needed < 90
    (enough,) = attacked(classifier, attacks_on(classifier, one, eta=0.3, budget=needed))
    (short,) = attacked(classifier, attacks_on(classifier, one, eta=0.3, budget=needed - 1))
    assert bits(enough) == bits(plenty)
    assert not counters(short).success
    assert counters(short).iterations == needed - 1
    assert counters(short).gradient_evaluations == needed


# --- objectives and criteria -----------------------------------------------------------------


@pytest.mark.parametrize("name", OBJECTIVES)
def test_objectives_are_minus_the_losses_of_torch(name: str) -> None:
    """Cross entropy, and the multi-class margin loss restricted to the highest rival."""
    network = convolutional()
    inputs = torch.stack([to_tensor(p) for p in pictures(18, 4)])
    classes = torch.tensor([1, 20, 300, 999])
    leaf = inputs.clone().requires_grad_()
    logits = network(leaf)
    rival = logits.detach().scatter(1, classes[:, None], -torch.inf).argmax(dim=1)
    pair = logits.gather(1, torch.stack([classes, rival], dim=1))
    loss = {
        "logit": -pair[:, 0].sum(),
        "log_probability": cross_entropy(logits, classes, reduction="sum"),
        "margin": 2 * multi_margin_loss(pair, classes * 0, margin=100.0, reduction="sum"),
    }[name]
    (expected,) = torch.autograd.grad(-loss, leaf)
    found = OBJECTIVES[name](network, inputs, classes)
    torch.testing.assert_close(found.gradient, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.score, pair[:, 0].detach())
    assert not found.zero.any()


def test_the_linear_guess_of_an_untargeted_attack_is_the_lead_over_the_slope() -> None:
    network = convolutional()
    images = samples_of(network, pictures(18, 3))
    run = run_of(eta=0.5, budget=9)
    results = attacked(network, aimed(network, images, run, "untargeted"))
    for image, result in zip(images, results, strict=True):
        rows = repeated(image.pixels, SLOTS)
        scored = logit(network, rows, torch.full((SLOTS,), image.label))
        highest, second = scored.logits[0].topk(2).values
        slope = 0.5 * scored.gradient[0].norm()
        guess = counters(result).predicted_iterations
        assert guess == pytest.approx(float((highest - second) / slope), rel=1e-4)


def test_a_step_never_waits_for_the_device() -> None:
    """On the meta device nothing is computed, so asking a tensor for its value fails."""
    classifier = convolutional().to("meta")
    item = Attack(LabelledImage("a", 3, pictures(18, 1)[0]), run_of(), None)
    for objective in OBJECTIVES.values():
        loop = Loop(classifier, UnitSteps(classifier.std), objective, Untargeted())
        state = {name: torch.stack([tensor] * 2) for name, tensor in loop.start(item).items()}
        assert {tensor.device.type for tensor in state.values()} == {"meta"}
        done = loop.step(state, torch.ones(2, dtype=torch.bool, device="meta"))
        assert done.shape == (2,)


# --- targets ---------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**31 - 1), image_id=st.text(max_size=16), label=st.integers(0, 999))
def test_random_target_is_never_the_label_and_is_the_same_for_all_models(
    seed: int, image_id: str, label: int
) -> None:
    image = LabelledImage(image_id, label, np.zeros((2, 2, 3), np.uint8))
    drawn = {
        choose_target("random", image, logits, seed=seed)
        for logits in (
            None,
            np.zeros(CLASS_COUNT, np.float32),
            np.arange(CLASS_COUNT, dtype=np.float32),
        )
    }
    (target,) = drawn
    assert target is not None
    assert 0 <= target < CLASS_COUNT
    assert target != label


def test_every_other_class_is_drawn_equally_often() -> None:
    drawn = [other_class(0, key, "p", label=2, classes=5) for key in range(4000)]
    counts = np.bincount(drawn, minlength=5)
    assert counts[2] == 0
    assert counts[[0, 1, 3, 4]].min() > 900  # 1000 expected, standard deviation 27


def test_model_dependent_targets() -> None:
    logits = np.random.default_rng(0).permutation(CLASS_COUNT).astype(np.float32)
    best, second = (int(np.argmax(logits == CLASS_COUNT - rank)) for rank in (1, 2))
    worst, second_worst = (int(np.argmax(logits == rank)) for rank in (0, 1))

    def choose(policy: str, label: int) -> int | None:
        image = LabelledImage("x", label, np.zeros((2, 2, 3), np.uint8))
        return choose_target(policy, image, logits, seed=0)

    assert choose("runner_up", best) == second
    assert choose("runner_up", second) == best
    assert choose("least_likely", best) == worst
    assert choose("least_likely", worst) == second_worst


def test_two_models_are_given_the_same_random_targets() -> None:
    found = []
    for builder in BUILDERS.values():
        images = [LabelledImage(f"id{i}", 7 * i, p) for i, p in enumerate(pictures(64, 3))]
        rows = computed(builder(64), [ImageItem(i, run_of(budget=1), "random") for i in images])
        found.append([record.row["target"] for record in rows])
    assert found[0] == found[1]
    assert len(set(found[0])) == 3


# --- the final ReLU --------------------------------------------------------------------------


def test_zero_gradients_are_counted_and_left_behind() -> None:
    squeeze = squeezenet(64)
    (image,) = samples_of(squeeze, pictures(64, 1))
    with torch.no_grad():
        images = repeated(image.pixels, SLOTS)
        logits, means = squeeze(images), mean_class_map(squeeze, images)
    dead = torch.where(logits[0] == 0, means[0], -torch.inf)
    target = int(dead.argmax())  # the class that is nearest to having a gradient
    (result,) = attacked(squeeze, [Attack(image, run_of(eta=1.0, budget=60), target)])
    assert 0 < counters(result).zero_gradients < counters(result).iterations
    with torch.no_grad():
        assert squeeze(torch.from_numpy(result.image)[None])[0, target] > 0


def test_zero_gradients_are_counted_where_a_step_was_taken() -> None:
    squeeze = squeezenet(64)
    (image,) = samples_of(squeeze, pictures(64, 1))
    with torch.no_grad():
        hopeless = int(mean_class_map(squeeze, repeated(image.pixels, SLOTS))[0].argmin())
    (result,) = attacked(squeeze, [Attack(image, run_of(eta=0.1, budget=3), hopeless)])
    assert counters(result).gradient_evaluations == 4
    assert counters(result).zero_gradients == counters(result).iterations == 3


def test_without_a_way_out_nothing_moves_and_no_number_is_made_up() -> None:
    torch.manual_seed(0)
    plain = Classifier(models.squeezenet1_1(), preprocessing(64))
    (image,) = samples_of(plain, pictures(64, 1))
    (logits,) = score_images(plain, [image.pixels], slots=SLOTS)
    target = int(logits.argmin())
    (result,) = attacked(plain, [Attack(image, run_of(eta=1.0, budget=3), target)])
    np.testing.assert_array_equal(result.image, to_tensor(image.pixels).numpy())
    assert not counters(result).success
    assert counters(result).predicted_iterations is None


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
    for space in ("pixels", "normalized"):
        scale = torch.ones(3, 1, 1) if space == "pixels" else torch.tensor(STD).view(3, 1, 1)
        moved = stepped(images, gradients, etas, space=space)
        assert moved.min() >= 0
        assert moved.max() <= 1
        lengths = ((moved - images) / scale).flatten(1).norm(dim=1)
        assert (lengths <= torch.tensor(etas) * (1 + 1e-5) + 1e-6).all()
        free = stepped(images, gradients, etas, space=space, clip=False)
        exact = ((free - images) / scale).flatten(1).norm(dim=1)
        torch.testing.assert_close(exact, torch.tensor(etas), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(free.clamp(0, 1), moved)


def stepped(images: Tensor, gradients: Tensor, etas: list[float], **parameters: Any) -> Tensor:
    """One step of each row, by its own length."""
    update, image = UnitSteps(torch.tensor(STD).view(1, 3, 1, 1)), np.zeros((6, 5, 3), np.uint8)
    starts = [
        update.start(Attack(LabelledImage("a", 0, image), run_of(eta=eta, **parameters), 1), images)
        for eta in etas
    ]
    state = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}
    return update.step(images, gradients, state)[0]


# --- records ---------------------------------------------------------------------------------


def computed(
    classifier: Classifier, items: list[ImageItem], *, seed: int = 4, slots: int = SLOTS
) -> list[Record]:
    """Records in the order of the items."""
    found = dict(attack.compute(classifier, items, seed=seed, slots=slots))
    assert all(len(records) == 1 for records in found.values())
    return [found[position][0] for position in range(len(items))]


def content(records: list[Record]) -> list[Any]:
    """Rows and bytes, to be compared."""
    return [
        (sorted(r.row.items()), {name: a.tobytes() for name, a in r.arrays.items()})
        for r in records
    ]


def test_records_hold_where_the_attacks_ended(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of(eta=1.0, budget=6)
    results = attacked(classifier, aimed(classifier, images, run, "runner_up"))
    records = computed(classifier, [ImageItem(image, run, "runner_up") for image in images])
    for image, result, record in zip(images, results, records, strict=True):
        row, difference = record.row, result.image - image.pixels.transpose(2, 0, 1) / 255
        assert row.items() >= asdict(counters(result)).items()
        assert (row["method"], row["eta"], row["budget"]) == ("gradient_ascent", 1.0, 6)
        assert row["censored"] is not row["success"]
        assert row["l2"] == pytest.approx(np.linalg.norm(difference), rel=1e-5)
        assert row["linf"] == pytest.approx(np.abs(difference).max(), rel=1e-5)
        assert row["l2"] <= row["iterations"] * 1.0 * (1 + 1e-5)
        assert row.keys() <= {column.name for column in attack.COLUMNS}
        assert (row["lowest"], row["highest"]) == (result.image.min(), result.image.max())
        filed = record.arrays["image"]
        np.testing.assert_array_equal(filed, np.rint(result.image.transpose(1, 2, 0) * 255))


def test_photographs_that_the_model_gets_wrong_have_no_measures(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    label = (images[0].label + 1) % CLASS_COUNT
    wrong = LabelledImage("f" * 16, label, images[0].pixels)
    # what is predicted is its runner-up, which alone must not count as success
    (record,) = computed(classifier, [ImageItem(wrong, run_of(), "runner_up")])
    assert record.arrays == {}
    assert record.row == {
        "prediction": images[0].label,
        "attacked": False,
        "method": "gradient_ascent",
        "eta": 0.25,
        "budget": 100,
        "target": images[0].label,
    }


def items_of(images: list[LabelledImage]) -> list[ImageItem]:
    """Every photograph under several runs and all policies."""
    runs = [run_of(eta=eta, budget=6, name=f"eta{eta}") for eta in (0.1, 4.0)]
    runs.append(run_of(eta=1.0, budget=6, objective="margin", name="margin"))
    policies = ("random", "runner_up", "least_likely", "untargeted")
    return [ImageItem(image, run, p) for run in runs for p in policies for image in images]


def test_every_item_has_its_own_settings_and_the_same_bits_in_any_split(
    classifier: Classifier, images: list[LabelledImage]
) -> None:
    items = items_of(images[:2])
    together = content(computed(classifier, items))
    order = [int(i) for i in np.random.default_rng(0).permutation(len(items))]
    mixed = content(computed(classifier, [items[i] for i in order]))
    assert mixed == [together[i] for i in order]
    parts = [content(computed(classifier, part)) for part in (items[:7], items[7:])]
    assert parts[0] + parts[1] == together
    if isinstance(classifier, SqueezeNetClassifier):  # or nothing is tested
        assert content(computed(classifier, items[:7], slots=1)) != together[:7]


def test_lite0_gives_the_same_bits_however_the_work_is_split() -> None:
    classifier = lite0()
    images = samples_of(classifier, pictures(224, 3))
    items = [ImageItem(image, run_of(eta=1.0, budget=5), "runner_up") for image in images]
    together = content(computed(classifier, items, slots=2))
    assert content(computed(classifier, items[::-1], slots=2))[::-1] == together
    assert content(computed(classifier, items[2:], slots=2)) == together[2:]
