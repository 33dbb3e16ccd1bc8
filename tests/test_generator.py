"""The attack by a trained generator: its network, its training, and as the workflow runs it."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from attacking import attacked, bits, counters, run_of
from inputgrad import registry
from inputgrad.adversarial.generator_network import from_arrays, to_arrays, untrained
from inputgrad.adversarial.records import Attack
from inputgrad.adversarial.trainings.generator import FEWEST, train, views
from inputgrad.cells.cell import Cell
from inputgrad.cells.fixed_targets import FixedTargets
from inputgrad.cells.store import CellStore
from inputgrad.config.schema import parse_config
from inputgrad.engine.records import LabelledImage, Run, TrainingItem
from inputgrad.errors import ConfigError
from inputgrad.images.tensors import to_tensor
from inputgrad.jobs import listing
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.keeping import Keeping
from inputgrad.models.classifier import Classifier
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.tables.files import of_table
from pretended import configuration, missing, photographs, planned, pretend
from small_networks import convolutional, pictures, samples_of

CPU = torch.device("cpu")
TARGET = 3
SIZE = {"width": 8, "blocks": 2}
BUNDLED = [p.path for p in list_photographs(path=None, labels=None).photographs]


@pytest.fixture(scope="module")
def network() -> Classifier:
    return convolutional()


@pytest.fixture(scope="module")
def images(network: Classifier) -> list[LabelledImage]:
    return samples_of(network, pictures(network.input_size, 12))


def training_of(images: list[LabelledImage], run: Run, target: int = TARGET) -> TrainingItem:
    return TrainingItem(tuple(image.pixels for image in images), target, run)


def trained(
    network: Classifier, images: list[LabelledImage], run: Run, *, seed: int = 0
) -> dict[str, Any]:
    return train(network, training_of(images, run), seed=seed)[-1].arrays


# --- the network and its training -----------------------------------------------------------------


@pytest.mark.parametrize("side", [16, 17, 18, 33])
def test_perturbations_have_the_size_of_the_photograph_and_stay_in_the_ball(side: int) -> None:
    random = torch.Generator().manual_seed(0)
    generator = untrained(side=side, **SIZE, random=random, device=CPU)
    with torch.no_grad():
        generator.last.weight.mul_(100)
        images = torch.rand(3, 3, side, side, generator=random)
        found = generator.attacked(images, epsilon=0.1)
    assert found.shape == images.shape
    assert found.min() >= 0 and found.max() <= 1
    assert 0.05 < (found - images).abs().max() <= 0.1 + 1e-6


def test_the_weights_survive_the_store(tmp_path: Path) -> None:
    made = untrained(side=18, **SIZE, random=torch.Generator().manual_seed(1), device=CPU)
    np.savez(tmp_path / "weights.npz", **to_arrays(made))
    with np.load(tmp_path / "weights.npz") as archive:
        again = from_arrays(dict(archive), side=18, **SIZE, device=CPU)
    images = torch.rand(2, 3, 18, 18)
    with torch.no_grad():
        assert torch.equal(made(images), again(images))


def test_views_are_parts_of_the_photographs(images: list[LabelledImage]) -> None:
    tensors = [to_tensor(image.pixels) for image in images]
    found = views(tensors, 50, random=torch.Generator().manual_seed(0))
    again = views(tensors, 50, random=torch.Generator().manual_seed(0))
    assert torch.equal(found, again)
    assert found.shape == (50, *tensors[0].shape)
    assert len({view.numpy().tobytes() for view in found}) == 50
    flat = views([torch.full((3, 9, 9), 0.25)], 3, random=torch.Generator().manual_seed(0))
    torch.testing.assert_close(flat, torch.full((3, 3, 9, 9), 0.25))


def test_it_learns_to_fool_photographs_that_it_never_saw(
    network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of("generator", epsilon=0.3, steps=200, batch=4, rate=0.005, **SIZE)
    records = train(network, training_of(images[:FEWEST], run), seed=0)
    rows = [record.row for record in records]
    assert rows[-1]["cross_entropy"] < rows[0]["cross_entropy"]
    assert rows[-1]["gradient_evaluations"] == 200 * 4
    assert [bool(record.arrays) for record in records] == [False] * (len(rows) - 1) + [True]
    others = [image for image in images[FEWEST:] if image.label != TARGET]
    weights = {run.name: records[-1].arrays}
    attacks = [Attack(image, run, TARGET, inputs=weights) for image in others]
    found = [counters(result) for result in attacked(network, attacks)]
    assert sum(one.success for one in found) > len(found) / 2
    assert {(one.gradient_evaluations, one.iterations) for one in found} == {(0, 1)}


def test_a_training_is_the_same_bit_for_bit_whatever_was_drawn_before(
    network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of("generator", steps=3, batch=2, **SIZE)
    first = trained(network, images, run)
    torch.rand(7)
    again = trained(network, images, run)
    assert {n: a.tobytes() for n, a in first.items()} == {n: a.tobytes() for n, a in again.items()}
    other = trained(network, images, run, seed=1)
    assert any(first[name].tobytes() != other[name].tobytes() for name in first)


def test_a_photograph_has_the_same_bits_whatever_its_neighbours(
    network: Classifier, images: list[LabelledImage]
) -> None:
    run = run_of("generator", epsilon=0.2, steps=2, batch=2, **SIZE)
    weights = {run.name: trained(network, images, run)}
    attacks = [Attack(image, run, TARGET, inputs=weights) for image in images]
    together = [bits(result) for result in attacked(network, attacks)]
    alone = [bits(attacked(network, [attack])[0]) for attack in attacks]
    backwards = [bits(result) for result in attacked(network, attacks[::-1])][::-1]
    assert together == alone == backwards


# --- what is planned ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five photographs to attack, ten others to learn from."""
    monkeypatch.chdir(tmp_path)
    photographs(range(5))
    photographs(range(20, 30), folder=Path("learned"))
    return tmp_path


def with_generator(**parameters: Any) -> dict[str, Any]:
    given = {"training": ["learned"], "steps": 2} | parameters
    return configuration(adversarial__fixed="flamingo", adversarial__runs__generator=given)


def training_cells(dag: Dag) -> list[Cell]:
    return [c for job in listing.jobs(dag) if job.rule == registry.TRAIN for c in job.cells]


def bases_of(dag: Dag) -> list[Cell]:
    cells = [cell for job in listing.jobs(dag) for cell in job.cells]
    named = [cell for cell in cells if (cell.table, cell.run) == ("adversarial", "generator")]
    assert named
    return [cell for cell in named if cell is cell.base]


def units_of(found: dict[Any, int]) -> dict[str, int]:
    """Run and measure of attacks, and the trainings."""
    tables = ("adversarial", registry.TRAINED)
    return {f"{table} {run}": n for (table, _, run), n in found.items() if table in tables}


def test_a_run_added_costs_its_training_and_its_attacks() -> None:
    pretend(planned(configuration()))
    found = missing(with_generator())
    measures = registry.DEFAULT_MEASURES["adversarial"]
    attacks = ["adversarial generator", *(f"adversarial generator {m}" for m in measures)]
    assert units_of(found) == {"attack_training generator": 10} | dict.fromkeys(attacks, 5)
    assert {key[0] for key in found} == {"adversarial", "attack_training", "transfer"}


def test_photographs_that_come_or_go_train_nothing_anew(folder: Path) -> None:
    pretend(planned(with_generator()))
    photographs(range(8))
    found = units_of(missing(with_generator()))
    assert found["adversarial generator"] == 3
    assert "attack_training generator" not in found
    photographs([0, 2])
    (folder / "learned").rename("elsewhere")
    left = missing(with_generator(training=["elsewhere"]))
    # the pictures beside another batch of photographs
    assert left == {("likeness", "lite0", "ascent"): 4}


@pytest.mark.parametrize(
    "parameters",
    [{"steps": 3}, {"epsilon": 0.1}, {"training": ["learned", "photographs/4.png"]}],
    ids=str,
)
def test_what_the_training_hangs_on_is_trained_anew(parameters: dict[str, Any]) -> None:
    pretend(planned(with_generator()))
    found = units_of(missing(with_generator(**parameters)))
    assert found["attack_training generator"] == (11 if "training" in parameters else 10)
    assert found["adversarial generator"] == 5


def test_the_slots_of_the_engine_are_none_of_the_trainings_business() -> None:
    pretend(planned(with_generator()))
    wider = with_generator()
    wider["models"]["lite0"]["slots"] = 4
    assert not any(run.startswith("attack_training") for run in units_of(missing(wider)))


def test_what_it_learns_from_is_named_by_its_bytes() -> None:
    """Times, places and repetitions of the files change nothing; nor does another run's name."""
    (first,) = training_cells(planned(with_generator()))
    for file in Path("learned").glob("*.png"):
        os.utime(file, (1, 1))
    again = with_generator(training=["learned/20.png", "./learned"])
    (same,) = training_cells(planned(again))
    assert same.identity == first.identity
    content = with_generator()
    runs = content["adversarial"]["runs"]
    runs["another"] = runs.pop("generator") | {"method": "generator"}
    (renamed,) = training_cells(planned(content))
    assert renamed.identity == first.identity


def test_a_photograph_that_it_is_trained_on_is_given_no_target() -> None:
    dag = planned(with_generator(training=["learned", "photographs/1.png"]))
    seen = image_id(Path("photographs/1.png").read_bytes())
    cells = [c for job in listing.jobs(dag) for c in job.cells if c.run == "generator"]
    targets = {
        i[0]: i[2] for c in cells if c.table == "adversarial" and c is c.base for i in c.items
    }
    assert len(targets) == 5
    assert {key for key, target in targets.items() if target is None} == {seen}
    others = [c for job in listing.jobs(dag) for c in job.cells if c.run == "fine"]
    assert all(len(item) == 2 for c in others if c.table == "adversarial" for item in c.items)


def test_attacks_have_their_training_for_an_input() -> None:
    dag = planned(with_generator())
    (training,) = training_cells(dag)
    assert training.inputs == () and training.trains and training is training.base
    for cell in bases_of(dag):
        assert [upstream.identity for upstream in cell.inputs] == [training.identity]
        assert cell.recipe["target_policy"] == "fixed"


def test_the_code_of_the_attack_is_none_of_the_trainings_business() -> None:
    dag = planned(with_generator())
    (training,), attack = training_cells(dag), bases_of(dag)[0]
    own = "inputgrad/adversarial/trainings/generator.py"
    of_attacks = {"inputgrad/adversarial/attacks/generator.py", "inputgrad/adversarial/attack.py"}
    network = "inputgrad/adversarial/generator_network.py"
    assert {own, network} <= training.recipe["code"].keys()
    assert training.recipe["code"].keys().isdisjoint(of_attacks)
    assert {*of_attacks, network} <= attack.recipe["code"].keys()
    assert own not in attack.recipe["code"]


def altered(*path: str, value: Any, **parameters: Any) -> dict[str, Any]:
    content = deepcopy(with_generator(**parameters))
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            with_generator(training=["learned/20.png"]),
            "adversarial.runs.generator.training: generator needs 8 different photographs to be "
            "trained on, and there are 1",
        ),
        (
            with_generator(training=["learnt"]),
            "adversarial.runs.generator.training: there is no file or folder 'learnt' (unknown "
            "file 'learnt'; did you mean 'learned'?",
        ),
        (
            with_generator(training=["bundled/imagenet_00_24.jpg"]),
            "unknown bundled photograph 'imagenet_00_24.jpg'; did you mean 'imagenet_00_24",
        ),
        (with_generator(training=["learned/labels.csv"]), "does not begin like a JPEG"),
        (
            with_generator(training=["learned", "photographs"]),
            "adversarial.runs.generator.training: every photograph of the sample is one that",
        ),
        (
            altered("adversarial", "fixed", value="flamigo"),
            "adversarial.fixed: no ImageNet class is called 'flamigo'",
        ),
        (
            altered("adversarial", "fixed", value={"0.png": 3}),
            "the run 'generator' is trained toward one class",
        ),
        (
            altered("adversarial", "fixed", value=None),
            "needed for the target policy `fixed`, and for it alone (the run 'generator' aims",
        ),
        (
            with_generator(targets=["random"]),
            "adversarial.runs.generator.targets: generator is trained toward the class `fixed`",
        ),
        (with_generator(epsilon=0), "adversarial.runs.generator.epsilon"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_trainings_are_one_line_before_any_job(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught, listing.relisted(parse_config(content)):
        pass
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# --- in the workflow ------------------------------------------------------------------------------

CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}}, "measures": {}},
    "adversarial": {
        "fixed": "flamingo",
        "runs": {
            "ascent": {"method": "gradient_ascent", "eta": 1},
            "generator": {
                "training": [f"bundled/{path.name}" for path in BUNDLED[:FEWEST]],
                "steps": 2,
                "batch": 2,
                **SIZE,
            },
        },
        "measures": {},
    },
    "class_visualization": {"classes": ["daisy"], "runs": {"practical": {"iterations": 1}}},
}


def batch_of(paths: list[Path]) -> list[BatchImage]:
    labels = {p.path: p.label for p in list_photographs(path=None, labels=None).photographs}
    return [BatchImage(image_id(path.read_bytes()), labels[path], path) for path in paths]


def attack_cell(dag: Dag, images: list[BatchImage]) -> Cell:
    target = dag.plan.classes.resolve("flamingo")
    pairs = [(image.image_id, image.label) for image in images]
    fixed = FixedTargets(everywhere=target)
    cells = dag.plan.image_cells("adversarial", "lite0", pairs, fixed=fixed)
    return next(cell for cell in cells if cell.run == "generator")


def test_adding_photographs_runs_the_generator_on_the_new_ones(tmp_path: Path) -> None:
    """One training for both batches, in whatever order they come; seen photographs stand aside."""
    dag = Dag(parse_config(CONFIG | {"results": str(tmp_path)}))
    first, second = batch_of(BUNDLED[FEWEST - 1 : FEWEST + 2]), batch_of(BUNDLED[FEWEST + 2 :][:2])
    keeping = Keeping(everything=True)
    (key,) = dag.trainings
    (training,) = dag.training_cells("lite0", key)
    complete(dag.plan, dag.store, [training], (), keeping=Keeping(everything=False))
    assert training in dag.store and dag.store.has_arrays(training)
    file = dag.store.file(training.identity)
    written = file.stat().st_mtime_ns
    for images in (first, second):
        complete(dag.plan, dag.store, [attack_cell(dag, images)], images, keeping=keeping)
    assert file.stat().st_mtime_ns == written
    rows = of_table(registry.TRAINED, gather(dag.store, [training])).to_pylist()
    assert [row["step"] for row in rows] == [1, 2]
    assert {(row["model"], row["run"], row["photographs"]) for row in rows} == {
        ("lite0", "generator", FEWEST)
    }
    assert [row["gradient_evaluations"] for row in rows] == [2, 4]
    found = gather(dag.store, [attack_cell(dag, first), attack_cell(dag, second)])
    attacks = {row["image_id"]: row for row in of_table("adversarial", found).to_pylist()}
    seen = attacks.pop(first[0].image_id)
    assert not seen["attacked"] and seen["target"] is None and seen["success"] is None
    assert len(attacks) == 4
    judged = [row for row in attacks.values() if row["attacked"]]
    assert judged
    for row in judged:
        assert row["gradient_evaluations"] == 0 and row["target_policy"] == "fixed"
        assert 0 < row["linf"] <= 10 / 255 + 1e-6
    # without the training's job, and all in one batch: the same bits
    other, together = CellStore(tmp_path / "other"), [*first, *second]
    cell = attack_cell(dag, together)
    complete(dag.plan, other, [cell], together, keeping=keeping)
    assert training in other
    again = of_table("adversarial", gather(other, [cell])).to_pylist()
    assert {row["image_id"]: row for row in again} == attacks | {seen["image_id"]: seen}
    for part in (first, second):
        for name, array in dag.store.arrays(attack_cell(dag, part)).items():
            assert array.tobytes() == other.arrays(cell)[name].tobytes()
