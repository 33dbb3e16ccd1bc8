"""What attacks keep beside their end: images further on, scores on the way, why they failed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from attacking import SLOTS, aimed, attacked, counters, run_of
from inputgrad.adversarial import attack, failures
from inputgrad.engine.records import ImageItem, LabelledImage
from inputgrad.engine.scoring import score_tensors
from inputgrad.images.tensors import to_pixels, to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.classes import CLASS_COUNT
from small_networks import convolutional, pictures, preprocessing, samples_of

either_criterion = pytest.mark.parametrize("policy", ["runner_up", "untargeted"])


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module")
def images(network: Classifier) -> list[LabelledImage]:
    return samples_of(network, pictures(network.input_size, 4))


@either_criterion
def test_stops_beyond_are_the_steps_that_a_later_end_would_have_made(
    policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    """Three steps on, one by one: each as the first step of an attack from where it stands."""
    run = run_of(eta=0.3, budget=20, beyond=[3, 1])
    attacks = aimed(network, images, run, policy)
    plain = attacked(network, aimed(network, images, run_of(eta=0.3, budget=20), policy))
    for item, result, other in zip(attacks, attacked(network, attacks), plain, strict=True):
        np.testing.assert_array_equal(result.image, other.image)
        assert result.counters == other.counters
        assert list(result.stops) == [1, 3]
        image, sign = torch.from_numpy(result.image), -1 if item.target is None else 1
        followed = item.image.label if item.target is None else item.target
        for step in (1, 2, 3):
            leaf = image[None].repeat(SLOTS, 1, 1, 1).requires_grad_()
            (gradient,) = torch.autograd.grad(network(leaf)[:, followed].sum(), leaf)
            ahead = sign * gradient[0]
            image = (image + 0.3 * ahead / ahead.norm()).clamp(0, 1)
            if step in result.stops:
                np.testing.assert_allclose(result.stops[step], image.numpy(), atol=1e-5)


def test_images_at_stops_are_filed_beside_the_end(
    network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of(eta=0.3, budget=20, beyond=[2])
    items = [ImageItem(image, run, "runner_up") for image in images]
    results = attacked(network, aimed(network, images, run, "runner_up"))
    for position, records in attack.compute(network, items, seed=0, slots=SLOTS):
        (record,) = records
        assert record.arrays.keys() == {"image", "image_2"}
        expected = to_pixels(torch.from_numpy(results[position].stops[2]))
        np.testing.assert_array_equal(record.arrays["image_2"], expected)


@either_criterion
def test_scores_on_the_way_are_those_of_shorter_attacks(
    policy: str, network: Classifier, images: list[LabelledImage]
) -> None:
    attacks = aimed(network, images, run_of(eta=0.1, budget=30, trace=2), policy)
    seen = set()
    for item, result in zip(attacks, attacked(network, attacks), strict=True):
        end = counters(result).iterations
        assert list(result.scores) == sorted({*range(0, end, 2), end})
        seen.add(end)
        label, target, rival = result.scores[end]
        (logits,) = score_tensors(network, [torch.from_numpy(result.image)], slots=SLOTS)
        others = np.delete(logits, [item.image.label, *filter(None, [item.target])])
        assert label == pytest.approx(logits[item.image.label], abs=1e-4)
        assert rival == pytest.approx(others.max(), abs=1e-4)
        if item.target is None:
            assert target is None
        else:
            assert target == pytest.approx(logits[item.target], abs=1e-4)
        (first,) = score_tensors(network, [to_tensor(item.image.pixels)], slots=SLOTS)
        assert result.scores[0][0] == pytest.approx(first[item.image.label], abs=1e-4)
    assert any(end % 2 and end > 2 for end in seen)


def test_rows_of_scores_have_their_table(network: Classifier, images: list[LabelledImage]) -> None:
    items = [ImageItem(images[0], run_of(eta=0.1, budget=30, trace=2), "runner_up")]
    ((_, (row, *scores)),) = attack.compute(network, items, seed=0, slots=SLOTS)
    assert row.row["iterations"] == scores[-1].row["iteration"]
    columns = {c.name for c in attack.COLUMNS if c.table == attack.SCORES}
    assert all(s.table == attack.SCORES and s.row.keys() == columns for s in scores)


# --- failures ----------------------------------------------------------------------------------


class Plane(nn.Module):
    """Logits of classes 0 to 2 from the mean brightness by a function, all others far behind."""

    def __init__(self, scores: Any) -> None:
        super().__init__()
        self.scores = scores

    def forward(self, images: Tensor) -> Tensor:
        mean = images.mean(dim=(1, 2, 3))
        three = torch.stack(self.scores(mean), dim=1)
        return torch.cat([three, torch.full((len(images), CLASS_COUNT - 3), -1e4)], dim=1)


CASES = {
    "zero_gradient": lambda b: (b * 0 + 5, b * 0, b * 0),
    "rival_rises": lambda b: (5 + 2 * b, b, 0 * b),
    "budget_too_small": lambda b: (5 - 0 * b, b, 0 * b),
    "oscillates": lambda b: (5 + 0 * b, torch.sin(40 * b), 0 * b),
}


@pytest.mark.parametrize("code", CASES)
def test_a_failure_has_its_code(code: str) -> None:
    """Brightness is raised for class 1, whose lead over class 0 behaves as the case says."""
    network = Classifier(Plane(CASES[code]), preprocessing(4))
    grey = LabelledImage("grey", 0, np.full((4, 4, 3), 100, np.uint8))
    eta = 0.4 if code == "oscillates" else 0.01
    attacks = aimed(network, [grey], run_of(eta=eta, budget=20), "random")
    aim = [type(a)(a.image, a.run, 1) for a in attacks]
    (result,) = attacked(network, aim)
    assert not counters(result).success
    assert counters(result).failure == code


def test_a_ball_that_is_too_small_leaves_the_attack_stuck() -> None:
    network = Classifier(Plane(CASES["budget_too_small"]), preprocessing(4))
    grey = LabelledImage("grey", 0, np.full((4, 4, 3), 100, np.uint8))
    run = run_of("i_fgsm", epsilon=0.02, alpha=0.01, budget=20, objective="logit")
    (aim,) = aimed(network, [grey], run, "random")
    (result,) = attacked(network, [type(aim)(aim.image, aim.run, 1)])
    assert counters(result).failure == "stuck"


def test_success_has_no_code_and_every_failure_a_known_one(
    network: Classifier, images: list[LabelledImage]
) -> None:
    known = {"zero_gradient", "oscillates", "rival_rises", "stuck", "budget_too_small"}
    documented = set(str(failures.__doc__).split())
    assert known <= documented
    for method in ("gradient_ascent", "i_fgsm", "ddn", "carlini_wagner"):
        own = {"searches": 1, "steps": 2} if method == "carlini_wagner" else {"budget": 2}
        for result in attacked(network, aimed(network, images, run_of(method, **own), "random")):
            found = counters(result)
            assert (found.failure is None) == found.success
            assert found.failure in {None, *known}
