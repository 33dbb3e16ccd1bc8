"""The self-check: counts against what the weights promise, in numbers and in `status`' words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from inputgrad.commands.self_check import lines
from inputgrad.commands.status import report
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.self_check import check_networks, prediction_cells, promised
from inputgrad.models.specification import ModelSpecification
from inputgrad.photographs.classes import ilsvrc2012_ids
from inputgrad.statistics.numbering import Numbering
from inputgrad.statistics.self_check import (
    HARDER,
    LEVEL,
    falls_short,
    self_checks,
    upper_bound,
)
from pretended import LABELS, configuration, photographs, planned

Pairs = list[tuple[int, int]]


# -- the numbers


@pytest.mark.parametrize("n", [1, 6, 20, 200, 50_000])
def test_the_bound_is_the_share_at_which_so_few_are_rare(n: int) -> None:
    for correct in {0, n // 7, n // 2, n - 1}:
        bound = upper_bound(correct, n)
        assert correct / n < bound < 1
        assert stats.binom.cdf(correct, n, bound) == pytest.approx(1 - LEVEL)


@pytest.mark.parametrize("share", [0.42, 0.58178, 0.776, 0.9])
@pytest.mark.parametrize("n", [1, 5, 20, 200])
def test_photographs_that_are_harder_raise_no_alarm(n: int, share: float) -> None:
    short = [k for k in range(n + 1) if falls_short(k, n, promised=share)]
    assert short == list(range(len(short)))
    assert stats.binom.pmf(short, n, share - HARDER).sum() <= 1 - LEVEL
    if n >= 20:
        assert stats.binom.cdf(len(short), n, share - HARDER) > 1 - LEVEL  # no more is possible


def test_a_network_without_a_promise_or_photographs_is_let_be() -> None:
    checks = self_checks({"own": [(1, 2)] * 50, "none": []}, promised={"own": None, "none": 0.9})
    assert list(checks) == ["own"]
    assert not checks["own"].falls_short
    assert falls_short(3, 20, promised=0.58178)
    assert not falls_short(14, 20, promised=0.58178)


def test_packaged_weights_promise_what_was_published() -> None:
    def specification(source: str, architecture: str) -> ModelSpecification:
        return ModelSpecification(name="x", source=source, architecture=architecture, slots=4)

    assert promised(specification("package", "efficientnet_lite0")) == pytest.approx(0.751)


# -- the words


def said(pairs: dict[str, Pairs], **published: float) -> list[str]:
    given = dict.fromkeys(pairs) | published
    return list(lines(self_checks(pairs, promised=given)))


CLASSES = [11, 243, 438, 559, 683, 891]
ELSE: Pairs = [(11, 0), *((label, label) for label in CLASSES[1:])]  # right on 5 of 6


@pytest.mark.parametrize(
    ("label_of", "words"),
    [
        (lambda i: CLASSES[i] + 1, "5 of 6 equal label - 1: the labels seem to count from 1"),
        (lambda i: CLASSES[i] - 1, "5 of 6 equal label + 1: the labels seem to be 1 too low"),
        (
            lambda i: ilsvrc2012_ids()[CLASSES[i]],
            "5 of 6 are the class that the challenge's devkit gives this number: the labels seem "
            "to be ILSVRC2012_IDs, which are no class indices",
        ),
        (
            lambda i: ilsvrc2012_ids()[CLASSES[i]] - 1,
            "5 of 6 are the class that the devkit gives the number label + 1: the labels seem to "
            "be ILSVRC2012_IDs - 1, which are no class indices",
        ),
        (
            lambda i: i,
            "6 of 6 are classes in the order of the labels: the labels seem to number the sorted "
            "folders of some of the classes; write wnids or class indices 0..999",
        ),
    ],
    ids=list(Numbering),
)
def test_another_numbering_is_one_sentence(label_of: Callable[[int], int], words: str) -> None:
    pairs = [(label_of(i), prediction) for i, (_, prediction) in enumerate(ELSE)]
    right = int(pairs[0][0] == 0)  # the tench is 0 in every order
    first, warning = said({"squeezenet": pairs}, squeezenet=0.58)
    assert first == f"Named rightly: squeezenet {right} of 6 (published: 58%)"
    assert warning == (
        f"Warning: {right} of 6 labels agree with squeezenet's predictions, but {words}"
    )


def test_the_head_is_named_where_another_network_agrees_with_the_labels() -> None:
    shifted = [(label, label - 1) for label in CLASSES]
    _, warning = said({"good": ELSE, "other": shifted})
    assert warning == (
        "Warning: 0 of 6 labels agree with other's predictions, but 6 of 6 equal label - 1: its "
        "head seems to count otherwise, since good agrees with the labels"
    )


def test_a_network_far_below_its_promise_is_one_sentence() -> None:
    pairs = [(label, label if label < 3 else 7) for label in range(20)]
    assert said({"net": pairs}, net=0.58178) == [
        "Named rightly: net 4 of 20 (published: 58%)",
    ]
    pairs[0] = (0, 7)
    assert said({"net": pairs}, net=0.58178)[1:] == [
        "Warning: net names 3 of 20 photographs; its weights promise 58%: "
        "check preprocessing, labels or file"
    ]
    assert said({"net": pairs}) == ["Named rightly: net 3 of 20"]
    assert said({"net": []}) == []


# -- from the store, without torch


@pytest.fixture
def dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dag:
    """Six photographs and two networks, nothing stored."""
    monkeypatch.chdir(tmp_path)
    photographs(range(6))
    lite1 = {"source": "package", "architecture": "efficientnet_lite1"}
    return planned(configuration(models__lite1=lite1))


def store_predictions(dag: Dag, model: str, predictions: dict[int, int | None]) -> None:
    """Put a model's predictions by label; None for a photograph that could not be read."""
    for cell in prediction_cells(dag, model):
        rows: list[dict[str, Any]] = []
        for image_id, label in cell.items:
            prediction = predictions[int(label)]
            unread = {"error": "is empty"} if prediction is None else {}
            about = {"image_id": image_id, "label": label} | unread
            known = {} if unread else {"prediction": prediction, "correct": prediction == label}
            rows.append(about | known)
        dag.store.put(cell, {"predictions": rows}, None, device="cpu")


def test_status_checks_what_is_stored(dag: Dag) -> None:
    def status() -> list[str]:
        return [line for line in report(dag, cores=2) if line.startswith(("Named", "Warning"))]

    assert status() == []
    labels = LABELS[:6]
    store_predictions(dag, "lite1", {label: label - 1 for label in labels})
    assert status() == [
        "Named rightly: lite1 0 of 6 (published: 77%)",
        "Warning: 0 of 6 labels agree with lite1's predictions, but 6 of 6 equal label - 1: "
        "the labels seem to count from 1",
    ]
    store_predictions(dag, "lite0", {label: label for label in labels} | {labels[0]: None})
    assert status()[0].startswith("Named rightly: lite0 4 of 4 (published: 75%), lite1 0 of 6")
    assert check_networks(dag, dag.store)["lite0"].n == 4  # two photographs have that label
