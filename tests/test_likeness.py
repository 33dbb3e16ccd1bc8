"""Pictures beside photographs: activations, the judgement, its cells, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attacking import run_of
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.engine.activations import STAGES, activations, similarity
from inputgrad.engine.beside import Beside
from inputgrad.engine.records import ClassItem, Judged, LabelledImage, Outcome, Start
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping
from inputgrad.judgements import likeness
from inputgrad.models.classifier import Classifier
from inputgrad.models.feature_maps import target_layer
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.report.summaries.likeness import Way
from inputgrad.report.summaries.summary import summarize
from inputgrad.tables.files import of_table
from inputgrad.tables.gathering import choose_beside
from inputgrad.tables.schema import to_table
from small_networks import convolutional, pictures
from synthetic_likeness import likeness_rows
from synthetic_tables import synthetic_context, synthetic_tables

MODELS = ("a", "b")
CLASSES = tuple(range(0, 480, 40))  # of the first twelve photographs
OWN = ("last", "logits")  # stages of the small network, whose maps have one resolution


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


def labelled(network: Classifier, n: int) -> list[LabelledImage]:
    images = pictures(network.input_size, n)
    return [LabelledImage(f"{i:016x}", i, pixels) for i, pixels in enumerate(images)]


def drawn(picture: Any, class_index: int) -> Judged:
    item = ClassItem(class_index, Start("noise"), run_of())
    return Judged(Outcome(item, [{"iteration": 4}], {"snapshots": picture[None]}), None)


def judged(network: Classifier, pairs: list[tuple[Judged, Beside]]) -> list[list[dict[str, Any]]]:
    found = likeness.judge(
        [one for one, _ in pairs],
        [beside for _, beside in pairs],
        likeness.Parameters(),
        Tools(network, 0, 4),
    )
    return [[record.row for record in records] for records in found]


def test_activations_are_channel_means_of_the_layers_and_the_logits(network: Classifier) -> None:
    images = pictures(network.input_size, 3)
    found = [*activations(network, images, slots=4)]
    assert {*found[0]} == {*OWN}
    kept: list[torch.Tensor] = []
    hook = target_layer(network, "last").register_forward_hook(lambda _, __, y: kept.append(y))
    with torch.no_grad():
        logits = network(torch.stack([to_tensor(image) for image in images]))
    hook.remove()
    for place, one in enumerate(found):
        means = kept[0][place].double().mean(dim=(1, 2)).numpy()
        np.testing.assert_allclose(one["last"], means, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(one["logits"], logits[place].numpy(), rtol=1e-4, atol=1e-5)


def test_similarity_is_the_correlation() -> None:
    random = np.random.default_rng(0)
    a, b = random.standard_normal((2, 50))
    assert similarity(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert similarity(a, 3 * a + 1) == pytest.approx(1)
    assert similarity(a, -a) == pytest.approx(-1)
    assert similarity(a, np.ones(50)) is None


def test_a_row_depends_on_its_picture_and_photograph_alone(network: Classifier) -> None:
    images, size = labelled(network, 5), network.input_size
    first, second = (drawn(picture, i) for i, picture in enumerate(pictures(size + 6, 7)[5:]))
    whole, part = Beside(tuple(images[:4]), images[0]), Beside(tuple(images[2:3]), images[0])
    together = judged(network, [(first, whole), (second, whole)])
    assert judged(network, [(second, whole), (first, whole)]) == together[::-1]
    assert judged(network, [(first, part)]) == [together[0][2:3]]
    assert [row["image_id"] for row in together[0]] == [image.image_id for image in images[:4]]


def test_a_photograph_is_like_itself_and_is_not_laid_beside_itself(network: Classifier) -> None:
    images = labelled(network, 3)
    ((own, other, _),) = judged(
        network, [(drawn(images[0].pixels, 0), Beside(tuple(images), images[0]))]
    )
    assert all(own[f"picture_{stage}"] == pytest.approx(1) for stage in OWN)
    assert not any(name.startswith("class_") for name in own)
    for stage in OWN:
        assert other[f"class_{stage}"] == pytest.approx(other[f"picture_{stage}"])
    ((alone, *_),) = judged(network, [(drawn(images[0].pixels, 0), Beside(tuple(images), None))])
    assert not any(name.startswith("class_") for name in alone)


# --- cells --------------------------------------------------------------------------------------

CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 4}},
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {"runs": {"gradient_ascent": {"eta": 3, "budget": 2}}},
    "class_visualization": {
        "classes": ["daisy"],
        "runs": {"practical": {"iterations": 1, "snapshots": []}, "normalized": {"iterations": 1}},
    },
}


def planned(**parameters: Any) -> Plan:
    section = CONFIG["class_visualization"] | {"judgements": {"likeness": parameters}}
    return Plan(parse_config(CONFIG | {"class_visualization": section}))


def test_a_cell_is_a_picture_of_the_first_run_and_a_batch() -> None:
    sample = [("b" * 16, 3), ("a" * 16, 985), ("c" * 16, 985), ("d" * 16, 5)]
    batches = [(2, sample[:2]), (1, sample[2:3]), (1, sample[3:])]
    plan = planned()
    made = plan.class_cells("lite0", [985], sample)
    cells = plan.judgement_cells("lite0", made, batches=batches, sample=sample)
    assert [(cell.run, len(cell.recipe["photographs"])) for cell in cells] == [
        ("practical", 2), ("practical", 1), ("practical", 1),
    ]  # fmt: skip
    assert {tuple(cell.recipe["of_the_class"]) for cell in cells} == {("a" * 16, 985)}
    further = plan.judgement_cells("lite0", made, batches=batches[:2], sample=sample)
    assert [c.identity for c in further] == [c.identity for c in cells[:2]]
    few = planned(photographs=3)
    limited = few.judgement_cells("lite0", made, batches=batches, sample=sample)
    assert [c.identity for c in limited] == [c.identity for c in cells[:2]]
    both = planned(runs=["practical", "normalized"])
    assert len(both.judgement_cells("lite0", made, batches=batches, sample=sample)) == 6


def test_a_job_fills_them_and_leaves_out_what_cannot_be_read(tmp_path: Path) -> None:
    listed = list_photographs(path=None, labels=None).photographs[:2]
    images = [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    images.append(BatchImage(image_id(broken.read_bytes()), 985, broken))
    pairs = [(image.image_id, image.label) for image in images]
    plan, store = planned(), CellStore(tmp_path / "cells")
    made = plan.class_cells("lite0", [985], pairs)
    cells = plan.judgement_cells("lite0", made, batches=[(3, pairs)], sample=pairs)
    complete(plan, store, cells, images, keeping=Keeping(everything=False))
    rows = of_table("likeness", gather(store, cells)).to_pylist()
    assert {row["image_id"] for row in rows} == {image.image_id for image in images[:2]}
    for row in rows:
        assert row["class_index"] == 985 and row["source_model"] == row["model"] == "lite0"
        assert all(-1 <= row[f"picture_{stage}"] <= 1 for stage in STAGES)
        assert row["class_last"] is None  # the class's one photograph cannot be read


# --- the report ---------------------------------------------------------------------------------


def likenesses(**switches: Any) -> Any:
    tables = synthetic_tables(models=MODELS, classes=CLASSES, **switches)
    return summarize(tables, context=synthetic_context(MODELS)).likenesses


def test_ways_are_told_by_classes_and_stages() -> None:
    own, other, *_ = likenesses(likeness={"early": 0.0, "last": 0.9, "logits": 0.9})
    assert (own.source, own.judge, own.own, other.judge) == ("a", "a", True, "b")
    assert [stage.way for stage in own.stages] == [Way.APART, Way.OPEN, Way.NATURAL, Way.NATURAL]
    last = own.stages[2]
    assert (last.own.estimate, last.natural.estimate) == pytest.approx((0.9, 0.3))
    assert (last.result.n, last.result.family_size) == (12, 4 * 4)
    assert last.result.estimate == pytest.approx(0.6)
    assert own.by_way[Way.NATURAL] == ("last", "logits")


def test_photographs_are_ranked_by_score_and_by_the_last_maps() -> None:
    own, *_ = likenesses(likeness={"last": 0.9})
    assert own.photographs == 20
    assert own.highest[80][0].label == own.nearest[80].label == 80
    assert len(own.highest[80]) == 3
    assert (own.share_highest.count, own.share_nearest.count, own.share_nearest.n) == (12, 12, 12)
    far, *_ = likenesses(likeness={"last": -0.5})
    assert (far.share_highest.count, far.share_nearest.count) == (12, 0)


def test_classes_without_photographs_count_in_no_share() -> None:
    tables = synthetic_tables(models=MODELS, classes=(1, 40))
    own, *_ = summarize(tables, context=synthetic_context(MODELS)).likenesses
    assert own.share_highest.n == 1 and set(own.highest) == {1, 40}
    assert {stage.way for stage in own.stages} == {Way.TOO_FEW}


def test_what_is_shown_is_the_highest_score_and_the_nearest_for_others() -> None:
    rows = likeness_rows(
        MODELS, (40,), [("p", 0), ("q", 40), ("r", 80)], run="main", own={"last": -0.9}
    )
    table = to_table("likeness", rows)
    assert choose_beside(table, lead="a", run="main") == ["q", "r"]
    assert choose_beside(table, lead="a", run="other") == []
