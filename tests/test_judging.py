"""Models that look at what others have made: as the jobs hand it over, and each judgement alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attacking import run_of
from inputgrad import registry
from inputgrad.cells.cell import Cell
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.engine.records import ClassItem, ImageItem, Judged, LabelledImage, Outcome, Start
from inputgrad.engine.tools import Tools
from inputgrad.images.resizing import resized
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.files import of_table
from small_networks import convolutional, pictures, samples_of

CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {
        name: {"source": "package", "architecture": f"efficientnet_{name}", "slots": 2}
        for name in ("lite0", "lite1")  # inputs of 224 and 240 pixels
    },
    "saliency": {"runs": {"gradient": {}}},
    "adversarial": {
        "targets": ["random", "untargeted"],
        "runs": {"gradient_ascent": {"eta": 3, "budget": 2}},
    },
    "class_visualization": {
        "classes": ["daisy", "flamingo"],
        "runs": {"practical": {"iterations": 2, "snapshots": [0]}},
    },
}
ALL, NONE = Keeping(everything=True), Keeping(everything=False)
JUDGED = ("adversarial", "class_visualization")
TABLES = {"adversarial": "transfer", "class_visualization": "recognition"}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(parse_config(CONFIG))


@pytest.fixture(scope="module")
def images() -> list[BatchImage]:
    listed = list_photographs(path=None, labels=None).photographs[:3]
    return [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]


def made(plan: Plan, technique: str, model: str, images: list[BatchImage]) -> list[Cell]:
    pairs = [(image.image_id, image.label) for image in images]
    if technique == "adversarial":
        return plan.image_cells(technique, model, pairs)
    return plan.class_cells(model, plan.class_groups()[0], pairs)


def judged_by(plan: Plan, judge: str, technique: str, images: list[BatchImage]) -> list[Cell]:
    cells = [c for source in plan.config.models for c in made(plan, technique, source, images)]
    return plan.judgement_cells(judge, cells)


@pytest.fixture(scope="module")
def full(
    plan: Plan, images: list[BatchImage], tmp_path_factory: pytest.TempPathFactory
) -> CellStore:
    """What both models have made, and what the first judges, arrays included."""
    store = CellStore(tmp_path_factory.mktemp("full") / "cells")
    for technique in JUDGED:
        for model in plan.config.models:
            complete(plan, store, made(plan, technique, model, images), images, keeping=ALL)
        judged = judged_by(plan, "lite0", technique, images)
        complete(plan, store, judged, images, keeping=ALL)
    return store


def rows_of(table: str, store: CellStore, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    return of_table(table, gather(store, cells)).to_pylist()


def test_a_judge_of_its_own_adversarial_images_says_what_their_png_is_taken_for(
    plan: Plan, images: list[BatchImage], full: CellStore
) -> None:
    found = rows_of("transfer", full, judged_by(plan, "lite0", "adversarial", images))
    own = [row for row in found if row["source_model"] == row["model"]]
    keys = ("image_id", "run", "target_policy", "target")
    theirs = {
        tuple(row[key] for key in keys): row
        for row in rows_of("adversarial", full, made(plan, "adversarial", "lite0", images))
        if row["attacked"]
    }
    assert len(own) == len(theirs) >= 4
    for row in own:
        attack = theirs[tuple(row[key] for key in keys)]
        assert row["success"] == attack["success_png"]
        assert row["confidence_label"] == attack["confidence_label_after"]
        assert row["confidence_target"] == attack["confidence_target_after"]
        assert row["prediction_before"] == attack["prediction"] == row["label"]
        assert row["correct_before"] and not row["resized_changed"]
    assert any(row["success"] for row in own)


def test_a_judge_of_its_own_class_says_what_it_says_in_the_scores(
    plan: Plan, images: list[BatchImage], full: CellStore
) -> None:
    found = rows_of("recognition", full, judged_by(plan, "lite0", "class_visualization", images))
    scores = rows_of(
        "class_visualization", full, made(plan, "class_visualization", "lite0", images)
    )
    by_key = {(row["class_index"], row["iteration"]): row for row in scores}
    own = [row for row in found if row["source_model"] == "lite0"]
    assert len(own) == 2
    for row in own:
        end, start = by_key[row["class_index"], 2], by_key[row["class_index"], 0]
        assert row["iteration"] == 2
        assert (row["prediction"], row["probability"]) == (end["prediction"], end["probability"])
        assert row["top1"] == (row["rank"] == 1) == (end["prediction"] == row["class_index"])
        assert row["floor_probability"] == start["probability"]
        assert (row["eta"], row["method"]) == (end["eta"], "practical")


def test_both_models_images_are_judged_under_their_names(
    plan: Plan, images: list[BatchImage], full: CellStore
) -> None:
    for technique in JUDGED:
        cells = judged_by(plan, "lite0", technique, images)
        found = rows_of(TABLES[technique], full, cells)
        assert {(row["model"], row["source_model"]) for row in found} == {
            ("lite0", "lite0"),
            ("lite0", "lite1"),
        }
        assert not any(full.has_arrays(cell) for cell in cells)


@pytest.mark.parametrize("technique", JUDGED)
@pytest.mark.parametrize("before", ["kept", "rows alone", "nothing"])
def test_a_judgement_is_the_same_whatever_is_kept(
    technique: str,
    before: str,
    plan: Plan,
    images: list[BatchImage],
    full: CellStore,
    tmp_path: Path,
) -> None:
    store, cells = CellStore(tmp_path), judged_by(plan, "lite0", technique, images)[-1:]
    (upstream,) = cells[0].inputs
    assert upstream.model == "lite1"
    if before != "nothing":
        complete(plan, store, [upstream], images, keeping=ALL if before == "kept" else NONE)
    complete(plan, store, cells, images, keeping=NONE)
    same = store.file(cells[0].identity).read_bytes()
    assert same == full.file(cells[0].identity).read_bytes()
    assert upstream in store


def test_of_photographs_that_cannot_be_read_nothing_is_judged(plan: Plan, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    images = [BatchImage(image_id(broken.read_bytes()), 3, broken)]
    store, cells = CellStore(tmp_path / "cells"), judged_by(plan, "lite0", "adversarial", images)
    complete(plan, store, cells, images, keeping=NONE)
    assert all(cell in store for cell in cells)
    assert rows_of("transfer", store, cells) == []


# --- a judgement alone --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


def tools_of(network: Classifier) -> Tools:
    return Tools(network, 0, 3)


def attacked(network: Classifier, *, side: int, target: int | None) -> list[Judged]:
    """Photographs of which each has two adversarial images, of another network's input size."""
    own = samples_of(network, pictures(network.input_size, 5))
    drawn = np.random.default_rng(0)
    found = []
    for image in own:
        theirs = LabelledImage(
            image.image_id, image.label, resized(image.pixels, side, interpolation="bicubic")
        )
        arrays = {
            name: np.clip(
                theirs.pixels + drawn.integers(-size, size + 1, theirs.pixels.shape), 0, 255
            ).astype(np.uint8)
            for name, size in (("image", 3), ("image_10", 60))
        }
        item = ImageItem(theirs, run_of(), "untargeted" if target is None else "random")
        found.append(Judged(Outcome(item, [{"target": target}], arrays), image.pixels))
    return found


def verdicts(network: Classifier, judged: Sequence[Judged]) -> list[list[dict[str, Any]]]:
    module = registry.load_judgement("adversarial", "transfer")
    found = module.judge(judged, module.Parameters(), tools_of(network))
    return [[record.row for record in records] for records in found]


@pytest.mark.parametrize("side", [12, 18, 27])
@pytest.mark.parametrize("target", [5, None])
def test_a_verdict_depends_on_no_neighbour_and_no_order(
    side: int, target: int | None, network: Classifier
) -> None:
    judged = attacked(network, side=side, target=target)
    together = verdicts(network, judged)
    assert verdicts(network, judged[::-1])[::-1] == together
    assert [verdicts(network, [one])[0] for one in judged] == together
    assert [[row["beyond"] for row in rows] for rows in together] == [[0, 10]] * len(judged)
    for rows in together:
        for row in rows:
            assert (row["confidence_target"] is None) == (target is None)
            assert row["correct_before"]
            wanted = row["prediction"] != row["prediction_before"]
            assert row["prediction_changed"] == wanted
            assert row["success"] == (wanted if target is None else row["prediction"] == target)
            if side == network.input_size:
                assert not row["resized_changed"]
    changed = [row["prediction_changed"] for rows in together for row in rows]
    assert any(changed)


def test_two_models_may_take_the_same_photograph_in_two_ways(network: Classifier) -> None:
    """The control without a perturbation is of each one's own input."""
    small, large = (attacked(network, side=side, target=5)[:3] for side in (12, 27))
    together = verdicts(network, [*small, *large])
    assert together == [*verdicts(network, small), *verdicts(network, large)]


def test_what_was_not_attacked_has_no_verdict(network: Classifier) -> None:
    first, second, *_ = attacked(network, side=18, target=5)
    spared = Judged(Outcome(first.outcome.item, first.outcome.rows, {}), first.photograph)
    assert [len(rows) for rows in verdicts(network, [spared, second])] == [0, 2]


def test_noise_has_the_length_of_the_perturbation(network: Classifier) -> None:
    """An image without a perturbation is a photograph, and so is its control."""
    (judged, *_) = attacked(network, side=27, target=None)
    arrays = {"image": judged.outcome.item.image.pixels}
    same = Judged(Outcome(judged.outcome.item, judged.outcome.rows, arrays), judged.photograph)
    ((row,),) = verdicts(network, [same])
    assert row["success"] == row["noise_success"] == row["resized_success"]
    assert row["prediction_changed"] == row["noise_changed"] == row["resized_changed"]


def test_an_end_without_its_start_has_no_floor(network: Classifier) -> None:
    module = registry.load_judgement("class_visualization", "recognition")
    run = run_of()
    start, end = pictures(network.input_size, 2)
    about = {"method": "practical", "eta": 1.0, "lambda": 0.0, "init": "noise"}
    for iterations, images in (([0, 4], [start, end]), ([2, 4], [start, end]), ([4], [end])):
        rows = [about | {"iteration": iteration} for iteration in iterations]
        outcome = Outcome(ClassItem(7, Start("noise"), run), rows, {"snapshots": np.stack(images)})
        ((record,),) = module.judge([Judged(outcome, None)], module.Parameters(), tools_of(network))
        assert record.row["iteration"] == 4
        assert ("floor_rank" in record.row) == (iterations[0] == 0)
        assert record.row["top5"] == (record.row["rank"] <= 5)


@pytest.mark.parametrize("side", [8, 18, 40])
def test_resizing_keeps_what_has_the_size_already(side: int) -> None:
    (picture,) = pictures(18, 1)
    found = resized(picture, side, interpolation="bicubic")
    assert found.shape == (side, side, 3) and found.dtype == np.uint8
    assert (side != 18) or np.array_equal(found, picture)
    grey = np.full((18, 18, 3), 77, np.uint8)
    assert (resized(grey, side, interpolation="bicubic") == 77).all()
