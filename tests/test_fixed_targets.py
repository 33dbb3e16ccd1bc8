"""Targets that the configuration fixes: what they cost, who is attacked, and wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attacking import run_of
from inputgrad import registry
from inputgrad.adversarial import attack
from inputgrad.cells.cell import Cell
from inputgrad.config.schema import parse_config
from inputgrad.engine.records import ImageItem, LabelledImage
from inputgrad.errors import ConfigError
from inputgrad.hashing import file_digest
from inputgrad.jobs import listing
from inputgrad.jobs.dag import Dag
from pretended import BASE, configuration, missing, photographs, planned, pretend
from small_networks import convolutional, pictures, samples_of

COUNT = 5
UNITS = 2 * (2 + len(registry.DEFAULT_MEASURES["adversarial"]))  # attack, measures, judges


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Photographs 0.png to 4.png of the classes 985, 130, 3, 291 and 985."""
    monkeypatch.chdir(tmp_path)
    photographs(range(COUNT))
    return tmp_path


def fixed(targets: Any, *policies: str, **changes: Any) -> dict[str, Any]:
    return configuration(
        adversarial__targets=[*policies, "fixed"], adversarial__fixed=targets, **changes
    )


def attacks_of(dag: Dag) -> list[Cell]:
    """The method's cells under the policy `fixed`, one run alone."""
    return [
        cell
        for job in listing.jobs(dag)
        for cell in job.cells
        if cell is cell.base and cell.recipe.get("target_policy") == "fixed" and cell.run == "fine"
    ]


def targets_of(dag: Dag) -> dict[str, int | None]:
    """File -> its target."""
    files = {image.image_id: image.file for image in dag.index().images}
    return {files[item[0]]: item[2] for cell in attacks_of(dag) for item in cell.items}


def test_one_class_for_all_or_one_for_each_by_file_name_or_image_id(folder: Path) -> None:
    everywhere = {f"{n}.png": 6 for n in range(COUNT)}
    assert targets_of(planned(fixed(6))) == targets_of(planned(fixed("stingray"))) == everywhere
    image_id = file_digest(folder / "photographs/1.png")[:16]
    some = {"0.png": "n01498041", "1.png": 7, image_id: 9}
    expected = dict.fromkeys(everywhere) | {"0.png": 6, "1.png": 9}
    assert targets_of(planned(fixed(some))) == expected


def test_a_target_costs_what_is_attacked_toward_it() -> None:
    pretend(planned(BASE))
    new = missing(fixed(6, "random"))
    assert len(new) == UNITS
    assert set(new.values()) == {COUNT}
    pretend(planned(fixed(6, "random")))
    assert missing(fixed("stingray", "random")) == {}
    assert missing(BASE) == {}
    assert set(missing(fixed(7, "random")).values()) == {COUNT}


def test_another_target_of_one_photograph_costs_its_batch_and_no_other() -> None:
    targets = {f"{n}.png": 6 for n in range(COUNT)}
    pretend(planned(fixed(targets)))
    assert missing(fixed(targets)) == {}
    (batch,) = (
        len(cell.items)
        for cell in attacks_of(planned(fixed(targets | {"3.png": 7})))
        if 7 in {item[2] for item in cell.items}
    )
    assert batch < COUNT
    changed = missing(fixed(targets | {"3.png": 7}))
    assert {unit[0] for unit in changed} == {"adversarial", "transfer"}
    assert set(changed.values()) == {batch}


def test_who_has_the_target_as_label_or_none_at_all_is_scored_and_not_attacked() -> None:
    network = convolutional()
    first, second, third = samples_of(network, pictures(18, 3))
    wrong = LabelledImage("w", (second.label + 1) % 1000, second.pixels)
    run = run_of(budget=1)
    items = [
        ImageItem(first, run, "fixed", first.label),
        ImageItem(wrong, run, "fixed", wrong.label),
        ImageItem(second, run, "fixed", None),
        ImageItem(third, run, "fixed", first.label),
        ImageItem(second, run, "untargeted", None),
    ]
    found = dict(attack.compute(network, items, seed=0, slots=2))
    rows = [found[position][0].row for position in range(len(items))]
    assert [row["attacked"] for row in rows] == [False, False, False, True, True]
    assert [row["target"] for row in rows] == [
        first.label, wrong.label, None, first.label, None,
    ]  # fmt: skip
    assert [row["prediction"] for row in rows] == [
        image.label for image in (first, second, second, third, second)
    ]
    assert [bool(found[position][0].arrays) for position in range(len(items))] == [
        row["attacked"] for row in rows
    ]
    assert all("success" not in row for row in rows[:3])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            fixed("stingrey"),
            "adversarial.fixed: no ImageNet class is called 'stingrey'; nearest: s",
        ),
        (fixed(1000), "adversarial.fixed: class index 1000 is outside 0..999"),
        (fixed({"0.png": "nothing"}), "adversarial.fixed.0.png: no ImageNet class is called"),
        (fixed({"5.png": 6, "0.png": 6}), "adversarial.fixed: unknown photograph '5.png'; did you"),
        (fixed({"0.png": 985}), "adversarial.fixed: nothing would be attacked"),
        (fixed(985, images__sources=[{"kind": "folder", "path": "same"}]), "nothing would be"),
        (fixed(None), "`fixed` is needed for the target policy `fixed`, and for it alone"),
        (configuration(adversarial__fixed=6), "`fixed` is needed for the target policy `fixed`"),
        (fixed(True), "adversarial.fixed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_targets_are_one_line_before_any_job(
    content: dict[str, Any], message: str, folder: Path
) -> None:
    (folder / "same").mkdir()
    (folder / "same/0.png").write_bytes((folder / "photographs/0.png").read_bytes())
    (folder / "same/labels.csv").write_text("file,label\n0.png,985\n")
    with pytest.raises(ConfigError) as caught, listing.relisted(parse_config(content)):
        pass
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_name_outside_a_part_of_the_photographs_is_no_mistake() -> None:
    """It may be one of those that were not drawn."""
    targets = {f"{n}.png": 6 for n in range(COUNT)}
    assert len(targets_of(planned(fixed(targets, images__n=2)))) == 2
