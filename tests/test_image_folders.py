"""Adversarial images as folders: their files, their labels, and what is measured on the files."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inputgrad.errors import StoreError
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.image_folders import COLUMNS, write_folders
from inputgrad.photographs import Source, list_source
from inputgrad.photographs.classes import imagenet_classes
from pretended import configuration, photographs, planned

SIDE = 6
LEFT_OUT = 1  # the place of a photograph that was not attacked


@pytest.fixture
def dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dag:
    """Three photographs under two runs, whose images are in the store."""
    monkeypatch.chdir(tmp_path)
    photographs(range(3))
    return planned(configuration(keep="all"))


def cells(dag: Dag, table: str) -> Iterator[Any]:
    for batch in dag.index().batches:
        for cell in dag.batch_cells(table, "lite0", batch):
            if cell is cell.base:
                yield cell


def picture(place: int, level: int = 0) -> np.ndarray:
    """A photograph, and, by `level`, what an attack made of it: one value is that much higher."""
    pixels = np.full((SIDE, SIDE, 3), 60 + place, np.uint8)
    pixels[0, 0, 0] += level
    return pixels


def filled(dag: Dag, level: int = 3) -> list[dict[str, Any]]:
    """Put photographs and images into the store; the rows of the table."""
    images = dag.index().images
    places = {image.image_id: place for place, image in enumerate(images)}
    labels = {image.image_id: image.label for image in images}
    rows = []
    for cell in cells(dag, "predictions"):
        arrays = {f"{item[0]}/photograph": picture(places[item[0]]) for item in cell.items}
        dag.store.put(cell, {}, arrays, device="cpu")
    for cell in cells(dag, "adversarial"):
        attacked = [i[0] for i in cell.items if places[i[0]] != LEFT_OUT]
        arrays = {f"{i}/image": picture(places[i], level) for i in attacked}
        dag.store.put(cell, {}, arrays, device="cpu")
        for item in cell.items:
            row = {"model": "lite0", "run": cell.run, "image_id": item[0]}
            row |= {"target_policy": "random", "label": labels[item[0]]}
            row |= {"attacked": item[0] in attacked, "target": 7, "linf": 3 / 255}
            rows.append(row | {"prediction_png": 7, "success_png": True})
    return rows


def lines_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_attacked_photograph_has_a_file_and_a_line(dag: Dag, tmp_path: Path) -> None:
    rows, out = filled(dag), tmp_path / "out"
    assert write_folders(dag, rows, out) == 4
    folders = sorted(path.parent.relative_to(out).as_posix() for path in out.rglob("labels.csv"))
    assert folders == ["lite0/ascent/random", "lite0/fine/random"]
    images = dag.index().images
    for name in folders:
        lines = lines_of(out / name)
        assert list(lines[0]) == list(COLUMNS)
        assert sorted(p.name for p in (out / name).glob("*.png")) == [r["file"] for r in lines]
        for line in lines:
            (place,) = [k for k, i in enumerate(images) if f"{i.image_id}.png" == line["file"]]
            assert line["photograph"] == images[place].file
            assert int(line["label"]) == images[place].label
            assert line["wnid"] == imagenet_classes().wnid(images[place].label)
            assert (line["attack_target"], line["predicted"], line["success"]) == ("7", "7", "True")
            pixels = np.asarray(Image.open(out / name / line["file"]))
            np.testing.assert_array_equal(pixels, picture(place, 3))
            assert float(line["linf"]) == pytest.approx(3 / 255)
            assert float(line["l2"]) == pytest.approx(3 / 255)


def test_such_a_folder_is_a_source_of_photographs(dag: Dag, tmp_path: Path) -> None:
    write_folders(dag, filled(dag), tmp_path / "out")
    folder = tmp_path / "out" / "lite0" / "fine" / "random"
    listing = list_source(Source("folder", folder))
    assert listing.refused == ()
    found = {photograph.path.name: photograph.label for photograph in listing.photographs}
    assert found == {line["file"]: int(line["label"]) for line in lines_of(folder)}
    assert len(found) == 2


def test_a_file_further_away_than_its_attack_is_refused(dag: Dag, tmp_path: Path) -> None:
    rows = filled(dag, level=4)
    with pytest.raises(StoreError, match=r"differs by 4 levels.*by more than 3"):
        write_folders(dag, rows, tmp_path / "out")
    for row in rows:
        row["linf"] = 3.6 / 255  # rounded to 4
    assert write_folders(dag, rows, tmp_path / "out") == 4


def test_without_kept_images_the_way_to_them_is_named(dag: Dag, tmp_path: Path) -> None:
    rows = filled(dag)
    for cell in cells(dag, "adversarial"):
        dag.store.file(cell.identity).with_suffix(".npz").unlink()
    with pytest.raises(StoreError, match="set `keep: all`"):
        write_folders(dag, rows, tmp_path / "out")


def test_measures_that_were_not_taken_are_empty(dag: Dag, tmp_path: Path) -> None:
    rows = filled(dag)
    for row in rows:
        row |= {"prediction_png": None, "success_png": None, "linf": None}
    write_folders(dag, rows, tmp_path / "out")
    (first, *_) = lines_of(tmp_path / "out" / "lite0" / "ascent" / "random")
    assert (first["predicted"], first["success"]) == ("", "")
