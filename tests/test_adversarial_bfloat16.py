"""The search in bfloat16: coarse steps, float32 verdicts, and the engine's promise on bits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn

from inputgrad.adversarial.ascent import Attack, Outcome
from inputgrad.adversarial.search import search
from inputgrad.adversarial.targets import choose_target
from inputgrad.engine.records import LabelledImage, Run
from inputgrad.engine.scoring import score_images
from inputgrad.engine.slots import Usage
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from small_networks import convolutional, pictures, preprocessing, repeated, samples_of, squeezenet

SLOTS, TARGET = 3, 7
COARSE = {"search_precision": "bfloat16"}
BUILDERS = {"convolutional": convolutional, "squeezenet": squeezenet}


def attacks_on(
    classifier: Classifier, samples: Sequence[LabelledImage], precision: str, *, budget: int = 12
) -> list[Attack]:
    parameters = {"eta": 0.05, "budget": budget, "search_precision": precision}
    run = Run("run", "gradient_ascent", parameters)
    logits = score_images(classifier, [sample.pixels for sample in samples], slots=SLOTS)
    return [
        Attack(sample, run, "runner_up", choose_target("runner_up", sample, scores, seed=0))
        for sample, scores in zip(samples, logits, strict=True)
    ]


def found(
    classifier: Classifier, attacks: Sequence[Attack], *, usage: Usage | None = None
) -> dict[str, Outcome]:
    outcomes = search(classifier, "gradient_ascent", attacks, slots=SLOTS, usage=usage)
    return {outcome.attack.sample.image_id: outcome for outcome in outcomes}


def bits(outcomes: dict[str, Outcome]) -> dict[str, tuple[bytes, str]]:
    return {key: (o.image.tobytes(), repr(sorted(o.row.items()))) for key, o in outcomes.items()}


@pytest.fixture(scope="module", params=list(BUILDERS))
def classifier(request: pytest.FixtureRequest) -> Classifier:
    return BUILDERS[request.param]()


@pytest.fixture(scope="module")
def samples(classifier: Classifier) -> list[LabelledImage]:
    right = samples_of(classifier, pictures(classifier.input_size, 7))
    wrong = LabelledImage("f" * 16, (right[0].label + 1) % 1000, right[0].pixels)
    return [*right, wrong]


def test_what_is_said_of_the_photograph_is_float32(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    fine = found(classifier, attacks_on(classifier, samples, "float32"))
    coarse = found(classifier, attacks_on(classifier, samples, "bfloat16"))
    before = ("prediction", "attacked", "predicted_iterations", "confidence_label_before")
    for key, outcome in fine.items():
        for name in before:
            assert coarse[key].row.get(name) == outcome.row.get(name)
    moved = [key for key, o in fine.items() if o.row.get("iterations", 0) > 1]
    assert any((fine[key].image != coarse[key].image).any() for key in moved)


def test_every_success_holds_in_float32_and_every_failure_too(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    outcomes = found(classifier, attacks_on(classifier, samples, "bfloat16", budget=6))
    assert len(outcomes) == len(samples)
    successes = set()
    for outcome in outcomes.values():
        if not outcome.row["attacked"]:
            continue
        rows = torch.from_numpy(outcome.image)[None].repeat(SLOTS, 1, 1, 1)
        with torch.no_grad():
            predicted = int(classifier(rows)[0].argmax())
        assert outcome.row["success"] == (predicted == outcome.attack.target)
        assert outcome.row["success"] or outcome.row["iterations"] == 6
        successes.add(outcome.row["success"])
    assert True in successes


def test_the_bits_are_the_same_however_the_work_is_split(
    classifier: Classifier, samples: list[LabelledImage]
) -> None:
    attacks = attacks_on(classifier, samples, "bfloat16")
    together = bits(found(classifier, attacks))
    assert bits(found(classifier, attacks[::-1])) == together
    apart = [found(classifier, part) for part in (attacks[:2], attacks[2:7], attacks[7:])]
    assert bits(apart[0] | apart[1] | apart[2]) == together


class Boastful(Classifier):
    """Sees the target wherever it looks, but only when it computes in bfloat16."""

    def forward_normalized(self, images: Tensor) -> Tensor:
        logits = super().forward_normalized(images)
        if not torch.is_autocast_enabled("cpu"):
            return logits
        boast = torch.zeros(1000, dtype=logits.dtype)
        boast[TARGET] = 1000.0
        return logits + boast


@pytest.mark.parametrize("budget", [1, 5])
def test_refuted_claims_neither_count_nor_stop_the_search(budget: int) -> None:
    honest = convolutional()
    boastful = Boastful(honest.network, preprocessing(honest.input_size))
    (sample,) = samples_of(honest, pictures(honest.input_size, 1))
    run = Run("run", "gradient_ascent", {"eta": 0.01, "budget": budget} | COARSE)
    usage = Usage()
    (outcome,) = found(boastful, [Attack(sample, run, "random", TARGET)], usage=usage).values()
    assert not outcome.row["success"]
    assert outcome.row["iterations"] == budget
    # every claim is made once, and evaluated again to move on from where it was refuted
    assert outcome.row["gradient_evaluations"] == 2 * budget
    assert usage.live == outcome.row["gradient_evaluations"]
    moved = torch.from_numpy(outcome.image) - to_tensor(sample.pixels)
    assert 0 < float(moved.norm()) <= 0.01 * budget * 1.001


def test_precisions_do_not_mix(classifier: Classifier, samples: list[LabelledImage]) -> None:
    fine = attacks_on(classifier, samples[:4], "float32")
    coarse = attacks_on(classifier, samples[4:], "bfloat16")
    mixed = found(classifier, [*coarse[:2], *fine, *coarse[2:]])
    assert bits(mixed) == bits(found(classifier, fine) | found(classifier, coarse))


def test_a_target_that_is_predicted_at_once_ends_before_any_coarse_step() -> None:
    network = Classifier(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 1000)), preprocessing(8))
    (sample,) = samples_of(network, pictures(8, 1))
    run = Run("run", "gradient_ascent", {"eta": 0.1, "budget": 9} | COARSE)
    usage = Usage()
    attack = Attack(sample, run, "random", sample.label)
    (outcome,) = found(network, [attack], usage=usage).values()
    assert (outcome.row["success"], outcome.row["iterations"]) == (True, 0)
    assert usage.steps == 1
    assert torch.equal(torch.from_numpy(outcome.image), repeated(sample.pixels, 1)[0])
