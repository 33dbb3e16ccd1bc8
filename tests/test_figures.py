from __future__ import annotations

import dataclasses
import json
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from PIL import Image

from conftest import ROOT
from figure_data import all_censored, changed, only_runs, synthetic, without_arrays
from inputgrad.errors import StoreError
from inputgrad.photographs.classes import imagenet_classes
from inputgrad.report.figures import pictures
from inputgrad.report.figures.catalogue import FIGURES
from inputgrad.report.figures.data import FigureData, load
from inputgrad.report.figures.labels import LABELS
from inputgrad.report.figures.output import draw_all, rounded
from inputgrad.report.figures.style import CSS_DPI, MAX_HEIGHT, STYLE, WIDTH
from inputgrad.report.figures.words import percent, text_width, wrapped
from inputgrad.tables import schema as tables

SALIENCY = {"saliency_gallery", "saliency_limits", "saliency_boxes", "saliency_models"}
ATTACK_CHARTS = {
    "robustness_scatter",
    "fooling_curve",
    "perturbation_norms",
    "eta_sweep",
    "content_scatter",
}
CLASSES = {
    "class_gallery",
    "ascent_iterations",
    "ascent_grid",
    "ascent_from_photograph",
    "class_gallery_models",
}


COMPLETE = synthetic()
ATTACKS = ATTACK_CHARTS | {"adversarial_gallery"}
PHOTOGRAPHS = SALIENCY | ATTACKS
PICTURES = {"saliency_gallery", "saliency_boxes", "adversarial_gallery"} | CLASSES
# what the data are like, the data, the figures looked at, those that the data do not allow
SCENARIOS: list[tuple[str, FigureData, set[str], set[str]]] = [
    ("complete", COMPLETE, set(FIGURES), set()),
    ("one model", synthetic(models=1), set(FIGURES), {"saliency_models", "class_gallery_models"}),
    ("one photograph", synthetic(images=1), PHOTOGRAPHS, set()),
    ("crowd", synthetic(models=7, exemplars=12), PICTURES | {"perturbation_norms"}, set()),
    ("many photographs", synthetic(images=450, models=2), PHOTOGRAPHS - PICTURES, set()),
    ("one step size", synthetic(etas=(0.25,)), ATTACKS, {"eta_sweep"}),
    ("no photograph", synthetic(images=0), set(FIGURES), PHOTOGRAPHS | {"ascent_from_photograph"}),
    ("nothing attacked", changed(COMPLETE, "adversarial", attacked=False), ATTACKS, ATTACKS),
    ("target never reached", all_censored(COMPLETE), ATTACKS, set()),
    ("target always reached", changed(COMPLETE, "adversarial", iterations=3, censored=False),
     ATTACKS, set()),
    ("nothing foretold", changed(COMPLETE, "adversarial", predicted_iterations=np.nan),
     {"robustness_scatter"}, {"robustness_scatter"}),
    ("zero maps", changed(COMPLETE, "saliency", zero_gradient=True),
     SALIENCY, {"saliency_limits", "saliency_models"}),
    ("a measure less", changed(COMPLETE, "saliency", class_sensitivity=np.nan, box_share=np.nan),
     SALIENCY, set()),
    ("no arrays", without_arrays(COMPLETE, "network_0", "network_1"), PICTURES, PICTURES),
    ("arrays of one model", without_arrays(COMPLETE, "network_1"), PICTURES,
     {"class_gallery_models"}),
    ("one setting", only_runs(COMPLETE, "main"), CLASSES,
     {"ascent_grid", "ascent_from_photograph"}),
    ("no main visualisation", only_runs(COMPLETE, "from_photograph"), CLASSES,
     CLASSES - {"ascent_from_photograph"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def house_style() -> Iterator[None]:
    with mpl.style.context(["default", STYLE]):
        yield


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("data", "names", "absent"), [row[1:] for row in SCENARIOS], ids=[row[0] for row in SCENARIOS]
)
def test_missing_pieces_leave_a_drawing_that_fits_the_page_or_none(
    data: FigureData, names: set[str], absent: set[str]
) -> None:
    drawings = {name: FIGURES[name](data) for name in sorted(names)}
    assert {name for name, drawing in drawings.items() if drawing is None} == absent
    for name, drawing in drawings.items():
        if drawing is not None:
            FigureCanvasAgg(drawing.figure).draw()
            width, height = drawing.figure.get_size_inches()
            assert width <= WIDTH + 1e-6 and height <= MAX_HEIGHT + 1e-6, name
            assert drawing.n > 0, name
            json.dumps(rounded(drawing.facts), allow_nan=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that can be drawn without a grid of settings and without a photograph to start from."""
    path = tmp_path_factory.mktemp("figures")
    draw_all(only_runs(COMPLETE, "main"), path)
    return path


def test_files_are_the_same_bytes_whatever_the_users_settings(folder: Path, tmp_path: Path) -> None:
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "svg.hashsalt": "other"}):
        draw_all(only_runs(synthetic(), "main"), tmp_path)
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted(path.name for path in tmp_path.iterdir())
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_manifest_says_what_was_written(folder: Path) -> None:
    manifest = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    absent = {name for name, entry in manifest.items() if entry is None}
    assert list(manifest) == list(FIGURES)
    assert absent == {"ascent_grid", "ascent_from_photograph"}
    for entry in filter(None, manifest.values()):
        file = folder / entry["file"]
        if file.suffix == ".svg":
            text = file.read_text(encoding="utf-8")
            assert f'width="{0.75 * entry["width_px"]:g}' in text
            assert "<dc:date>" not in text and "<dc:creator>" not in text
        else:
            picture = Image.open(file)
            assert picture.width == pytest.approx(entry["width_px"] * 150 / CSS_DPI, abs=2)
            assert not {"Software", "exif"} & picture.info.keys()


def test_every_word_comes_from_the_labels() -> None:
    """With labels of digits alone, no letter is left but those of models and classes."""
    fields = string.Formatter()
    labels = {
        key: "".join(
            "{" + (spec and f":{spec}") + "}"
            for _, name, spec, _ in fields.parse(value)
            if name is not None
        )
        or "7"
        for key, value in LABELS.items()
    }
    data = dataclasses.replace(COMPLETE, labels=labels, class_name=lambda index: f"{index}")
    for name, draw in FIGURES.items():
        drawing = draw(data)
        assert drawing is not None
        for text in drawing.figure.findobj(Text):
            rest = text.get_text().replace("network_", "")
            assert not any(letter.isalpha() for letter in rest), (name, rest)


def test_every_label_is_used() -> None:
    folder = ROOT / "scripts" / "inputgrad" / "figures"
    modules = [path for path in folder.glob("*.py") if path.name != "labels.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in modules)
    assert [key for key in LABELS if f'"{key}"' not in source] == []


def test_facts_hold_no_prose() -> None:
    def texts(fact: Any) -> Iterator[str]:
        if isinstance(fact, dict):
            for value in fact.values():
                yield from texts(value)
        elif isinstance(fact, list):
            for value in fact:
                yield from texts(value)
        elif isinstance(fact, str):
            yield fact

    for name, draw in FIGURES.items():
        drawing = draw(COMPLETE)
        assert drawing is not None and not list(texts(drawing.facts)), name


def test_every_photograph_is_a_dot() -> None:
    drawing = FIGURES["saliency_limits"](COMPLETE)
    assert drawing is not None
    dots = [
        collection.get_offsets()[:, 0]
        for axes in drawing.figure.axes
        for collection in axes.collections
        if isinstance(collection, PathCollection)
    ]
    strips = [(measure, model) for measure in drawing.facts for model in COMPLETE.order.models]
    for found, (measure, model) in zip(dots, strips, strict=True):
        expected = np.sort(COMPLETE.saliency_rows(model)[measure])
        np.testing.assert_allclose(np.sort(np.asarray(found)), expected)


def test_the_fooling_curve_ends_at_the_share_that_reached_the_target() -> None:
    drawing = FIGURES["fooling_curve"](COMPLETE)
    assert drawing is not None
    for model in COMPLETE.order.models:
        share = (~COMPLETE.attacks(model)["censored"]).mean()
        assert drawing.facts["share_at_budget"][model]["estimate"] == pytest.approx(share)


def test_null_is_not_attacked() -> None:
    flags = pd.Series([True, False, None], dtype=object)
    data = changed(synthetic(images=3, models=1, etas=(0.25,)), "adversarial", attacked=flags)
    assert len(data.attacks("network_0")) == 1


def test_data_survive_the_disk(tmp_path: Path) -> None:
    for family in ("predictions", "saliency", "adversarial", "class_visualization"):
        rows = getattr(COMPLETE, family).replace({np.nan: None}).to_dict("records")
        tables.write_parquet(tables.to_table(family, rows), tmp_path / f"{family}.parquet")
    paths: dict[str, Path] = {}
    for kind, arrays in (("e", COMPLETE.exemplar_arrays), ("v", COMPLETE.visualization_arrays)):
        for model, found in arrays.items():
            paths[kind + model] = tmp_path / f"{kind}{model}.npz"
            np.savez(paths[kind + model], **found)
    models = COMPLETE.order.models
    loaded = load(
        statistics=tmp_path,
        exemplars={model: paths[f"e{model}"] for model in models},
        visualizations={model: [paths[f"v{model}"]] for model in models},
        order=COMPLETE.order,
        classes=imagenet_classes(),
    )
    for family in ("predictions", "saliency", "adversarial", "class_visualization"):
        pd.testing.assert_frame_equal(getattr(loaded, family), getattr(COMPLETE, family))
    for stored, given_arrays in (
        (loaded.exemplar_arrays, COMPLETE.exemplar_arrays),
        (loaded.visualization_arrays, COMPLETE.visualization_arrays),
    ):
        for model in models:
            assert set(stored[model]) == set(given_arrays[model])
            for name, array in given_arrays[model].items():
                np.testing.assert_array_equal(stored[model][name], array)
    assert loaded.exemplar("network_0", "photograph", "not an image") is None


def test_broken_arrays_are_named(tmp_path: Path) -> None:
    for family in ("predictions", "saliency", "adversarial", "class_visualization"):
        tables.write_parquet(tables.to_table(family, []), tmp_path / f"{family}.parquet")
    broken = tmp_path / "network.npz"
    broken.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(StoreError, match=r"network\.npz.*remove it and run again"):
        load(
            statistics=tmp_path, exemplars={"network": broken}, visualizations={},
            order=COMPLETE.order, classes=imagenet_classes(),
        )  # fmt: skip


def test_figures_import_neither_torch_nor_pyplot_nor_a_method() -> None:
    code = (
        "import sys, inputgrad.report.figures.output; from inputgrad import registry;"
        "methods = {m for f in registry.METHODS.values() for m in f.values()};"
        "print([m for m in ('torch', 'matplotlib.pyplot', *methods) if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.check_output(command, cwd=ROOT / "scripts", text=True)
    assert found.strip() == "[]"


@given(
    st.text(st.characters(codec="ascii", categories=("L", "N", "Zs")), max_size=80),
    st.floats(0.4, 3.0),
)
@settings(deadline=None)
def test_wrapped_text_fits(text: str, width: float) -> None:
    lines = wrapped(text, width, lines=2)
    assert len(lines) <= 2
    assert all(text_width(line) <= width for line in lines)
    if lines and not lines[-1].endswith("…") and not any("…" in line for line in lines):
        assert " ".join(lines).split() == text.split()


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.004, "<1%"), (0.009, "<1%"), (0.5, "50%"), (0.989, "99%"),
        (0.99, "99%"),
        (0.991, ">99%"), (0.999, ">99%"),
     (1.0, "100%"), (None, "–"), (float("nan"), "–")],
)  # fmt: skip
def test_percentages_never_round_to_certainty(share: float | None, words: str) -> None:
    assert percent(share, LABELS) == words


def test_amplification_shows_the_difference_without_clipping_it() -> None:
    rng = np.random.default_rng(1)
    difference = rng.normal(0, 1 / 255, (8, 8, 3))
    factor = pictures.amplification([difference])
    shown = pictures.amplified(difference, factor)
    assert factor in pictures.AMPLIFICATIONS
    assert ((shown > 0) & (shown < 1)).mean() >= 0.99
    np.testing.assert_array_equal(pictures.amplified(np.zeros((2, 2, 3)), factor), 0.5)
    assert pictures.amplification([np.ones((2, 2, 3))]) == 1


def test_an_overlay_colours_where_the_map_is_strong_and_nowhere_else() -> None:
    grey = np.full((32, 32, 3), 128, np.uint8)
    weights = np.zeros((32, 32), np.float32)
    np.testing.assert_allclose(np.ptp(pictures.overlay(grey, weights), axis=2), 0, atol=1e-12)
    weights[4:8, 4:8] = 1.0
    shown = np.ptp(pictures.overlay(grey, weights), axis=2)
    assert shown[5, 5] > 0.3 and shown[25, 25] == pytest.approx(0, abs=1e-12)
