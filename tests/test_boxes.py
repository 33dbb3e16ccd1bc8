"""Boxes around objects: reading them, carrying them to a network's input, comparing maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inputgrad.cells.plan import Plan
from inputgrad.config.schema import parse_config
from inputgrad.engine.records import ImageItem, LabelledImage, Outcome, Run
from inputgrad.engine.tools import Tools
from inputgrad.errors import ConfigError, PhotographError
from inputgrad.images.decoding import fit
from inputgrad.images.geometry import Box, covered_share, distance, fitted_boxes, overlap
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.photographs import Source, watched
from inputgrad.photographs.boxes import boxes_file, finder
from inputgrad.photographs.index import load_index
from inputgrad.saliency.measures import localisation
from inputgrad.saliency.methods import gradient
from small_networks import convolutional

SNAKE, TENCH = 65, 0  # n01751748, n01440764
SIDES = st.tuples(st.integers(20, 90), st.integers(20, 90))


def xml(*objects: tuple[str, Box]) -> str:
    parts = [
        f"<object><name>{name}</name><bndbox><xmin>{box[0]}</xmin><ymin>{box[1]}</ymin>"
        f"<xmax>{box[2]}</xmax><ymax>{box[3]}</ymax></bndbox></object>"
        for name, box in objects
    ]
    return f"<annotation><filename>any</filename>{''.join(parts)}</annotation>"


# --- reading ----------------------------------------------------------------------------------


def test_xml_of_the_challenge_by_name_in_folders_within(tmp_path: Path) -> None:
    (tmp_path / "val").mkdir()
    file = tmp_path / "val" / "ILSVRC2012_val_00000001.xml"
    file.write_text(xml(("n01751748", (111, 108, 441, 193)), ("n01440764", (1, 2, 3, 4))))
    find = finder(tmp_path)
    photograph = Path("elsewhere/ILSVRC2012_val_00000001_n01751748.JPEG")
    assert find(photograph, SNAKE) == ((111, 108, 441, 193),)  # the tench is not what it is of
    assert find(photograph, TENCH) == ((1, 2, 3, 4),)
    assert find(Path("ILSVRC2012_val_00000002.JPEG"), SNAKE) == ()


def test_objects_of_unknown_names_are_the_photographs_own(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(xml(("my object", (1, 2, 3, 4))))
    assert finder(tmp_path)(Path("a.jpg"), SNAKE) == ((1, 2, 3, 4),)


def test_the_solution_of_the_competition_and_a_table_of_ones_own(tmp_path: Path) -> None:
    solution = tmp_path / "LOC_val_solution.csv"
    solution.write_text(
        "ImageId,PredictionString\n"
        "ILSVRC2012_val_00000001,n01751748 111 108 441 193 n01751748 5 6 7 8 \n"
    )
    expected = ((111, 108, 441, 193), (5, 6, 7, 8))
    assert finder(solution)(Path("ILSVRC2012_val_00000001.JPEG"), SNAKE) == expected
    own = tmp_path / "own.csv"
    own.write_text("file;left;top;right;bottom\nholiday/a.png;1;2;3.5;4\na.png;5;6;7;8\n")
    assert finder(own)(Path("a.png"), SNAKE) == ((1, 2, 3.5, 4), (5, 6, 7, 8))
    assert finder(None)(Path("a.png"), SNAKE) == ()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "file,left,top\n", "has the columns file, left, top; expected file,left,top,"),
        ("a.csv", "file,left,top,right,bottom\na,1,2,0,4\n", "row 2 of 'a.csv': the box 1 2 0 4"),
        ("a.csv", "file,left,top,right,bottom\na,1,2,x,4\n", "row 2 of 'a.csv': could not convert"),
        ("a.csv", "ImageId,PredictionString\na,n01751748 1 2 3\n", "row 2 of 'a.csv': a box has 3"),
        ("a.csv", "", "the boxes file .* is empty"),
    ],
)
def test_a_damaged_table_is_named_with_its_row(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(PhotographError, match=words):
        finder(tmp_path / name)


@pytest.mark.parametrize("text", ["<annotation>", xml(("x", (5, 5, 5, 9))), "<a><object/></a>"])
def test_a_damaged_xml_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(PhotographError, match=r"'a.xml': .*expected boxes as in PASCAL VOC"):
        finder(tmp_path)(Path("a.jpg"), SNAKE)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PhotographError, match="given as `boxes:` does not exist; expected"):
        finder(tmp_path / "nowhere")
    with pytest.raises(PhotographError, match="holds no XML files"):
        finder(tmp_path)


def test_a_validation_folder_has_its_solution_looked_at(tmp_path: Path) -> None:
    solution = tmp_path / "LOC_val_solution.csv"
    solution.touch()
    assert boxes_file(Source("ilsvrc2012", tmp_path)) == solution
    assert boxes_file(Source("ilsvrc2012", Path("photographs"), solution)) == solution
    assert boxes_file(Source("ilsvrc2012", Path("photographs"), tmp_path)) == solution
    assert boxes_file(Source("folder", tmp_path)) is None
    assert boxes_file(Source("folder", tmp_path, None, Path("b"))) == Path("b")


def test_a_change_of_the_boxes_is_noticed(tmp_path: Path) -> None:
    source = Source("folder", tmp_path, None, tmp_path / "boxes.csv")
    assert tmp_path / "boxes.csv" in watched(source)


# --- at the network's input -------------------------------------------------------------------


@given(size=SIDES, resize=st.sampled_from([None, 16, 24]), data=st.data())
def test_a_fitted_box_is_where_its_pixels_are(
    size: tuple[int, int], resize: int | None, data: st.DataObject
) -> None:
    left = data.draw(st.integers(0, size[0] - 2))
    top = data.draw(st.integers(0, size[1] - 2))
    right = data.draw(st.integers(left + 1, size[0]))
    bottom = data.draw(st.integers(top + 1, size[1]))
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[top:bottom, left:right] = 255
    image = fit(Image.fromarray(pixels), resize=resize, crop=16, interpolation="bilinear")
    found = fitted_boxes([(left, top, right, bottom)], size, resize=resize, crop=16)
    bright = image[:, :, 0] / 255
    share = sum((box[2] - box[0]) * (box[3] - box[1]) for box in found) / bright.size
    # the crop's corner is a whole pixel, while a side that is rounded down shifts a box a little
    assert bright.mean() == pytest.approx(share, abs=0.08)


def test_geometry_by_hand() -> None:
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 2, 2), (2, 0, 3, 2)) == 0
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert covered_share([(0, 0, 2, 4), (1, 0, 3, 4)], 4) == 0.75
    assert distance((2, 2, 4, 4), 2, 2) == 0
    assert distance((2, 2, 4, 4), 2, 0) == 1.5
    assert distance((2, 2, 4, 4), 5, 5) == pytest.approx(1.5 * 2**0.5)
    assert fitted_boxes([(0, 0, 10, 10)], (100, 20), resize=20, crop=20) == ()
    assert fitted_boxes([(30, 5, 50, 10)], (100, 20), resize=20, crop=20) == ((0, 5, 10, 10),)


# --- the measure ------------------------------------------------------------------------------


def row_of(saliency: np.ndarray[Any, Any], *boxes: Box) -> dict[str, Any]:
    image = LabelledImage("0123456789abcdef", SNAKE, np.zeros((64, 64, 3), np.uint8))
    item = ImageItem(image, Run("gradient", "gradient", gradient.Parameters()))
    outcome = Outcome(item, [{}], {"map": saliency}, boxes=boxes)
    tools = Tools(convolutional(), 0, 4)
    ((record,),) = localisation.measure([outcome], localisation.Parameters(tolerance=5), tools)
    return record.row


def test_a_map_that_is_its_box_finds_it() -> None:
    saliency = np.zeros((64, 64), np.float32)
    saliency[20:34, 40:54] = -1.0  # by its absolute value
    saliency[26, 48] = -2.0
    row = row_of(saliency, (40, 20, 54, 34), (0, 0, 4, 4))
    assert row["objects"] == 2
    assert row["localised"] and row["pointing_hit"] and row["difficult"]
    assert row["iou"] > 0.7
    elsewhere = row_of(saliency, (0, 40, 20, 60))
    assert not elsewhere["localised"] and not elsewhere["pointing_hit"]
    assert elsewhere["iou"] == 0
    assert row_of(saliency, (53, 20, 64, 32))["pointing_hit"]
    assert not row_of(saliency, (54, 20, 64, 32))["pointing_hit"]
    assert not row_of(saliency, (0, 0, 64, 40))["difficult"]


def test_without_a_box_or_a_map_nothing_is_said() -> None:
    saliency = np.ones((64, 64), np.float32)
    row = row_of(saliency)
    assert row.pop("objects") == 0
    assert set(row.values()) == {None}
    zeros = row_of(np.zeros((64, 64), np.float32), (0, 0, 8, 8))
    assert zeros["iou"] is None and zeros["pointing_hit"] is None
    assert zeros["objects_share"] == pytest.approx(1 / 64)


# --- from the configuration to the cells ------------------------------------------------------


def config_of(folder: Path, boxes: Path | None, **measures: Any) -> Any:
    source = {"kind": "folder", "path": str(folder)}
    return parse_config(
        {
            "images": {"sources": [source | ({"boxes": str(boxes)} if boxes else {})]},
            "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0"}},
            "saliency": {"runs": {"gradient": {}}, "measures": {"localisation": {}, **measures}},
            "adversarial": {"runs": {"ddn": {}}},
            "class_visualization": {"classes": [SNAKE], "runs": {"normalized": {}}},
        }
    )


def test_boxes_reach_the_index_and_change_the_cells_that_take_them_alone(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "n01751748").mkdir(parents=True)
    Image.new("RGB", (50, 40), "red").save(photos / "n01751748" / "a.png")
    boxes = tmp_path / "boxes.csv"
    boxes.write_text("file,left,top,right,bottom\na.png,1,2,30,20\n")
    config = config_of(photos, boxes, concentration={})
    index = choose_photographs(config, folder=tmp_path / "images")
    assert [image.boxes for image in index.images] == [((1, 2, 30, 20),)]
    assert load_index(tmp_path / "images" / "index.json") == index
    pairs = [(image.image_id, image.label) for image in index.images]

    def cells(known: dict[str, Any]) -> dict[str, str]:
        found = Plan(config).image_cells("saliency", "lite0", pairs, boxes=known)
        return {cell.name: cell.identity for cell in found}

    before = cells({image.image_id: image.boxes for image in index.images})
    after = cells({image.image_id: ((1, 2, 30, 21),) for image in index.images})
    assert {name for name in before if before[name] != after[name]} == {"localisation"}


def test_kinds_without_names_have_no_boxes() -> None:
    with pytest.raises(ConfigError, match="`boxes` go by file names; the kind `bundled` has none"):
        parse_config(
            {
                "images": {"sources": [{"kind": "bundled", "boxes": "b.csv"}]},
                "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0"}},
                "saliency": {"runs": {"gradient": {}}},
                "adversarial": {"runs": {"ddn": {}}},
                "class_visualization": {"classes": [SNAKE], "runs": {"normalized": {}}},
            }
        )
