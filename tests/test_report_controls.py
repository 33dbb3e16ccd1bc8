"""What the page carries for its controls: the very rows and pixels, within a budget."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from figure_data import Material, synthetic
from inputgrad.errors import StoreError
from inputgrad.report.assets import NATIVE, NATIVE_INDEX, load_controlled, small_files
from inputgrad.report.controls import film_viewer, pair_viewer
from inputgrad.report.figures.native import write_native
from inputgrad.report.render import SCRIPTS
from rendered_report import TEMPLATES, Page, render

SIDE = 24


@pytest.fixture(scope="module")
def material() -> Material:
    return synthetic()


@pytest.fixture(scope="module")
def figures(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    write_native(material.summary, material.pictures, folder / NATIVE)
    return folder


def pixels(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.split(",", 1)[1]))))


def files_in(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.csv" for name in texts]
    for path in paths:
        path.write_text(texts[path.stem], encoding="utf-8")
    return paths


def test_pairs_are_the_arrays_to_the_last_bit(material: Material, figures: Path) -> None:
    pairs = load_controlled(figures, ()).pairs
    assert len(pairs) == 6
    for pair in pairs:
        plain = material.pictures.photograph(pair.model, pair.image_id)
        policy = material.summary.attacks[0].target_policy
        altered = material.pictures.adversarial(pair.model, pair.run, policy, pair.image_id)
        assert np.array_equal(pixels(pair.plain), plain)
        assert np.array_equal(pixels(pair.altered), altered)
        assert pair.side == SIDE


def test_films_have_the_iterations_of_the_summary(material: Material, figures: Path) -> None:
    viewer = film_viewer(load_controlled(figures, ()), material.summary)
    assert viewer.classes == tuple(a.class_index for a in material.summary.drawn["network_0"])
    for card in viewer.cards:
        assert [entry.model for entry in card.entries] == ["network_0", "network_1"]
        for entry in card.entries:
            (ascent,) = (
                a for a in material.summary.drawn[entry.model] if a.class_index == card.class_index
            )
            assert [snapshot for snapshot, _ in entry.frames] == list(ascent.snapshots)
            assert all(pixels(uri).shape == (SIDE, SIDE, 3) for _, uri in entry.frames)


def test_a_pair_without_its_attack_in_the_summary_is_left_out(
    material: Material, figures: Path
) -> None:
    controlled = load_controlled(figures, ())
    other = synthetic(images=1).summary
    viewer = pair_viewer(controlled, other)
    known = {point.image_id for row in other.attacks for point in row.points}
    shown = {entry.pair.image_id for card in viewer.cards for entry in card.entries}
    assert shown == known
    assert len(pair_viewer(controlled, material.summary).cards) == 3


@pytest.mark.parametrize("share", [0.0, 0.4, 0.99])
def test_pictures_keep_to_their_budget_and_come_in_turn(
    share: float, material: Material, figures: Path, tmp_path: Path
) -> None:
    everything = json.loads((figures / NATIVE / NATIVE_INDEX).read_text())["pairs"]
    spent = sum(path.stat().st_size for path in (figures / NATIVE).glob("pair_*"))
    budget = int(share * spent)
    write_native(material.summary, material.pictures, tmp_path, pair_bytes=budget)
    kept = json.loads((tmp_path / NATIVE_INDEX).read_text())["pairs"]
    assert kept == everything[: len(kept)]
    assert len(kept) < len(everything)
    assert sum(path.stat().st_size for path in tmp_path.glob("pair_*")) <= budget
    assert {path.name for path in tmp_path.glob("pair_*")} == {
        pair[part] for pair in kept for part in ("plain", "altered")
    }


def test_rows_are_the_bytes_of_the_file(tmp_path: Path) -> None:
    text = '"model","label","note"\n"a",7,"one, ""two""\nthree"\n"b",,"é"\n'
    (rows,) = small_files(files_in(tmp_path, one=text, empty='"model"\n'))
    assert gzip.decompress(base64.b64decode(rows.packed)).decode() == text
    assert (rows.table, rows.classes) == ("one", frozenset({7}))
    assert small_files([tmp_path / "one.csv"]) == (rows,), "equal bytes from equal files"


def test_the_smallest_files_go_first_and_the_budget_holds(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    texts = {
        name: '"label"\n' + "\n".join(map(str, rng.integers(0, 1000, count))) + "\n"
        for name, count in (("large", 4000), ("small", 20), ("middle", 400))
    }
    files = files_in(tmp_path, **texts)
    sizes = [len(base64.b64decode(rows.packed)) for rows in small_files(files)]
    assert len(sizes) == 3
    kept = small_files(files, most=sum(sizes) - 1)
    assert [rows.table for rows in kept] == ["small", "middle"]


def test_a_broken_list_says_which_folder_to_remove(tmp_path: Path) -> None:
    (tmp_path / NATIVE).mkdir()
    (tmp_path / NATIVE / NATIVE_INDEX).write_text('{"pairs": []}')
    with pytest.raises(StoreError, match=rf"remove {re.escape(str(tmp_path))} and run again"):
        load_controlled(tmp_path, ())


def test_the_page_has_every_script_and_each_is_small() -> None:
    found = sorted(path.name for path in (TEMPLATES / "scripts").iterdir())
    assert found == sorted(SCRIPTS)
    html = render()[1]
    for name in SCRIPTS:
        text = (TEMPLATES / "scripts" / name).read_text(encoding="utf-8")
        assert text.strip() in html
        assert len(text.splitlines()) <= 160, name


def test_numbers_in_tables_carry_their_n_and_interval() -> None:
    page = Page(render()[1])
    values = [a for tag, a in page.elements if tag == "span" and a.get("class") == "value"]
    assert len(values) > 100
    for value in values:
        assert int(value["data-n"]) >= 0
        if value["data-value"]:
            float(value["data-value"])
        assert re.fullmatch(r"\d+.%: \[.+, .+\]", value.get("data-interval", "95\u202f%: [0, 1]"))
