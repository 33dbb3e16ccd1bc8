"""What holds for every attack. A new attack is one row of `CASES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from foolbox.attacks import (
    DDNAttack,
    L2BasicIterativeAttack,
    L2CarliniWagnerAttack,
    L2DeepFoolAttack,
    LinfBasicIterativeAttack,
)
from foolbox.criteria import Misclassification, TargetedMisclassification
from foolbox.models import PyTorchModel
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from attacking import aimed, attack_on, attacked, bits, counters, predicted, run_of
from inputgrad import registry
from inputgrad.adversarial.records import Attack
from inputgrad.config.runs import is_untargeted
from inputgrad.engine.records import LabelledImage, Run
from inputgrad.engine.scoring import is_fooled
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT
from small_networks import convolutional, pictures, preprocessing, samples_of

Foolbox = Callable[..., Tensor]  # (model, images, criterion) -> adversarial images


@dataclass(frozen=True)
class Case:
    """An attack under parameters with which it fools some photographs of a small network.

    linf, l2: radius of the ball that no image leaves, where there is one.
    foolbox: the same attack by foolbox, from the parameters and a number of iterations.
    """

    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    linf: float | None = None
    l2: float | None = None
    foolbox: Callable[[Any, int], Foolbox] | None = None

    @property
    def run(self) -> Run:
        return run_of(self.method, **self.parameters)


def foolbox_l2(parameters: Any, steps: int) -> Foolbox:
    return partial(L2BasicIterativeAttack(abs_stepsize=parameters.eta, steps=steps).run, epsilon=99)


CASES = (
    Case("gradient_ascent", {"eta": 0.3, "budget": 9}),
    Case(
        "gradient_ascent",
        {"eta": 0.3, "budget": 9, "objective": "log_probability"},
        foolbox=foolbox_l2,
    ),
    Case("gradient_ascent", {"eta": 0.3, "budget": 9, "objective": "margin"}),
    Case("gradient_ascent", {"eta": 0.3, "budget": 4, "search_precision": "bfloat16"}),
    Case(
        "i_fgsm",
        {"epsilon": 0.06, "alpha": 0.02, "budget": 6},
        linf=0.06,
        foolbox=lambda p, n: partial(
            LinfBasicIterativeAttack(abs_stepsize=p.alpha, steps=n).run, epsilon=p.epsilon
        ),
    ),
    Case(
        "fgsm",
        {"epsilon": 0.06},
        linf=0.06,
        foolbox=lambda p, _: partial(
            LinfBasicIterativeAttack(abs_stepsize=p.epsilon, steps=1).run, epsilon=p.epsilon
        ),
    ),
    Case("mi_fgsm", {"epsilon": 0.06, "alpha": 0.02, "budget": 6}, linf=0.06),
    Case("pgd_l2", {"epsilon_l2": 0.9, "alpha_l2": 0.2, "budget": 9}, l2=0.9),
    Case(
        "pgd_l2",
        {"epsilon_l2": 0.5, "alpha_l2": 0.3, "budget": 9, "random_start": False},
        l2=0.5,
        foolbox=lambda p, n: partial(
            L2BasicIterativeAttack(abs_stepsize=p.alpha_l2, steps=n).run, epsilon=p.epsilon_l2
        ),
    ),
    Case("saliency_guided", {"eta": 0.5, "budget": 9, "share": 0.4}),
    Case("generator", {"epsilon": 0.3, "width": 8, "blocks": 1}, linf=0.3),
    Case("ddn", {"budget": 9}, foolbox=lambda p, _: DDNAttack(steps=p.budget).run),
    Case("fmn", {"budget": 12}),
    Case("super_deepfool", {"budget": 6, "refine": 5}),
    Case(
        "deepfool",
        {"budget": 6, "candidates": 4},
        foolbox=lambda p, _: L2DeepFoolAttack(steps=p.budget, candidates=p.candidates).run,
    ),
    Case(
        "carlini_wagner",
        {"searches": 3, "steps": 6, "step_size": 0.1},
        foolbox=lambda p, _: (
            L2CarliniWagnerAttack(
                binary_search_steps=p.searches,
                steps=p.steps,
                stepsize=p.step_size,
                initial_const=p.initial_const,
                abort_early=False,
            ).run
        ),
    ),
)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.method}-{c.parameters}")
either_criterion = pytest.mark.parametrize("policy", ["runner_up", "untargeted"])


def skip_without_a_target(case: Case, policy: str) -> None:
    if policy != "untargeted" and is_untargeted(case.method):
        pytest.skip("the attack has no target")


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module")
def images(network: Classifier) -> list[LabelledImage]:
    """Photographs that the network is right about, and a last one that it is wrong about."""
    right = samples_of(network, pictures(network.input_size, 5))
    return [*right, LabelledImage("f" * 16, (right[0].label + 1) % CLASS_COUNT, right[0].pixels)]


def test_every_attack_has_a_case() -> None:
    assert {case.method for case in CASES} == registry.METHODS["adversarial"].keys()


@every_case
@either_criterion
def test_ends_are_images_and_counted_as_what_the_network_sees(
    case: Case, policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    skip_without_a_target(case, policy)
    before = [image.pixels.copy() for image in images]
    attacks = aimed(network, images, case.run, policy)
    *results, wrong = attacked(network, attacks)
    assert wrong.counters is None
    np.testing.assert_array_equal(wrong.image, to_tensor(images[-1].pixels).numpy())
    for attack, result, pixels in zip(attacks, results, before, strict=False):
        assert_in_bounds(case, attack, result.image)
        np.testing.assert_array_equal(attack.image.pixels, pixels)
        found = counters(result)
        label, target = attack.image.label, attack.target
        assert result.prediction == label
        assert found.success == is_fooled(predicted(network, result), label=label, target=target)
        assert found.success or found.iterations == attack.run.parameters.budget
        assert 0 < found.iterations <= attack.run.parameters.budget
        assert (found.confidence_target_before is None) == (target is None)
    assert any(counters(result).success for result in results)


def assert_in_bounds(case: Case, attack: Attack, image: Any) -> None:
    """In [0, 1], of the photograph's form, and inside the ball."""
    photograph = to_tensor(attack.image.pixels).numpy()
    assert (image.dtype, image.shape) == (np.float32, photograph.shape)
    assert 0 <= image.min() <= image.max() <= 1
    if case.linf is not None:
        assert np.abs(image - photograph).max() <= case.linf + 1e-7
    if case.l2 is not None:
        assert np.linalg.norm(image - photograph) <= case.l2 * (1 + 1e-6)


class Saturated(nn.Module):
    """Logits so large that the label's probability is exactly 1, and half of them exactly 0.

    So many gradients are exactly zero: of logits at 0, and of the label's log-probability.
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        layers = (nn.Conv2d(3, 8, 3, stride=2), nn.Softplus(), nn.Flatten())
        self.layers = nn.Sequential(*layers, nn.Linear(512, CLASS_COUNT), nn.ReLU())

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = 1000 * self.layers(images)
        return logits


def saturated() -> Classifier:
    return Classifier(Saturated(), preprocessing(18))


@every_case
@pytest.mark.parametrize("build", [convolutional, saturated])
def test_bits_depend_on_no_neighbour_no_place_and_no_global_generator(
    case: Case, build: Callable[[], Classifier]
) -> None:
    network = build()
    images = samples_of(network, pictures(network.input_size, 5))
    attacks = [
        attack
        for policy in ("least_likely", "untargeted", "runner_up")
        if policy == "untargeted" or not is_untargeted(case.method)
        for attack in aimed(network, images[:4], case.run, policy)
    ]
    aim = None if is_untargeted(case.method) else 5
    attacks.insert(2, attack_on(LabelledImage("f" * 16, 0, images[4].pixels), case.run, aim))
    torch.manual_seed(1)
    state = torch.get_rng_state()
    together = [bits(result) for result in attacked(network, attacks)]
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    backwards = [bits(result) for result in attacked(network, attacks[::-1])]
    assert backwards[::-1] == together
    halves = [*attacked(network, attacks[:4]), *attacked(network, attacks[4:])]
    assert [bits(result) for result in halves] == together
    assert bits(*attacked(network, attacks[3:4])) == together[3]


@pytest.mark.parametrize("case", [c for c in CASES if c.foolbox], ids=lambda c: c.method)
@either_criterion
def test_equals_foolbox(
    case: Case, policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    skip_without_a_target(case, policy)
    assert case.foolbox is not None
    model = PyTorchModel(network, bounds=(0, 1), device="cpu")
    attacks = aimed(network, images[:-1], case.run, policy)
    for attack, result in zip(attacks, attacked(network, attacks), strict=True):
        theirs = case.foolbox(attack.run.parameters, counters(result).iterations)
        criterion = (
            Misclassification(torch.tensor([attack.image.label]))
            if attack.target is None
            else TargetedMisclassification(torch.tensor([attack.target]))
        )
        expected = theirs(model, to_tensor(attack.image.pixels)[None], criterion)[0]
        np.testing.assert_allclose(result.image, expected.numpy(), atol=2e-4)


@either_criterion
def test_one_family_of_sign_steps(
    policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    """FGSM is one full step of I-FGSM, and MI-FGSM without momentum is I-FGSM."""
    ball = {"epsilon": 0.06, "budget": 6}
    alike = [
        (run_of("fgsm", epsilon=0.06), run_of("i_fgsm", epsilon=0.06, alpha=0.06, budget=1)),
        (run_of("mi_fgsm", momentum=0.0, **ball), run_of("i_fgsm", **ball)),
    ]
    for one, other in alike:
        ends = [attacked(network, aimed(network, images, run, policy)) for run in (one, other)]
        assert [bits(end) for end in ends[0]] == [bits(end) for end in ends[1]]
    remembering = run_of("mi_fgsm", alpha=0.005, **ball)
    forgetful = run_of("mi_fgsm", alpha=0.005, momentum=0.0, **ball)
    with_memory, without = (
        attacked(network, aimed(network, images, run, policy)) for run in (remembering, forgetful)
    )
    assert [bits(end) for end in with_memory] != [bits(end) for end in without]


def test_starts_in_the_ball_are_drawn_for_each_photograph(
    network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of("pgd_l2", epsilon_l2=0.5, alpha_l2=0.001, budget=1)
    attacks = aimed(network, images[:3], run, "untargeted")
    for attack, result in zip(attacks, attacked(network, attacks), strict=True):
        length = np.linalg.norm(result.image - to_tensor(attack.image.pixels).numpy())
        assert 0.2 < length < 0.5  # clipping shortens what lies at the ball's surface
    same = [Attack(attacks[0].image, run, None, seed) for seed in (0, 0, 1)]
    one, two, other = (result.image for result in attacked(network, same))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


@pytest.mark.parametrize("method", ["ddn", "fmn"])
def test_attacks_of_least_norm_find_less_than_a_walk(
    method: str, network: Classifier, images: list[LabelledImage]
) -> None:
    """Less than the image at which a walk of fine steps along the gradients first fools."""
    walk = aimed(network, images[:-1], run_of(eta=0.05, budget=200), "runner_up")
    short = aimed(network, images[:-1], run_of(method, budget=100), "runner_up")
    for attack, far, near in zip(
        walk, attacked(network, walk), attacked(network, short), strict=True
    ):
        photograph = to_tensor(attack.image.pixels).numpy()
        assert counters(far).success and counters(near).success
        assert np.linalg.norm(near.image - photograph) <= 1.02 * np.linalg.norm(
            far.image - photograph
        )


def test_super_deepfool_finds_less_than_deepfool(
    network: Classifier, images: list[LabelledImage]
) -> None:
    ends = {
        method: attacked(network, aimed(network, images[:-1], run_of(method), "untargeted"))
        for method in ("deepfool", "super_deepfool")
    }
    for image, far, near in zip(images, ends["deepfool"], ends["super_deepfool"], strict=False):
        photograph = to_tensor(image.pixels).numpy()
        assert counters(far).success and counters(near).success
        assert np.linalg.norm(near.image - photograph) < np.linalg.norm(far.image - photograph)


@every_case
@given(seed=st.integers(0, 2**31 - 1), targeted=st.booleans())
@settings(max_examples=8, deadline=None)
def test_bounds_hold_on_any_small_network(case: Case, seed: int, targeted: bool) -> None:
    targeted = targeted and not is_untargeted(case.method)
    torch.manual_seed(seed)
    layers = (nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 4 * 4, CLASS_COUNT))
    network = Classifier(nn.Sequential(*layers), preprocessing(6))
    drawn = np.random.default_rng(seed)
    extremes = drawn.choice([0, 255], (6, 6, 3)).astype(np.uint8)
    both = [extremes, drawn.integers(0, 256, (6, 6, 3), dtype=np.uint8)]
    attacks = aimed(
        network, samples_of(network, both), case.run, "random" if targeted else "untargeted"
    )
    for attack, result in zip(attacks, attacked(network, attacks), strict=True):
        assert_in_bounds(case, attack, result.image)
        fooled = is_fooled(
            predicted(network, result), label=attack.image.label, target=attack.target
        )
        assert counters(result).success == fooled
        assert counters(result).iterations <= attack.run.parameters.budget
