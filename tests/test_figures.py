from __future__ import annotations

import ast
import dataclasses
import gc
import itertools
import json
import re
import string
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from figure_data import (
    BUDGET,
    MOSAIC_SHARES,
    QUESTION_RHOS,
    WORDS,
    Material,
    all_censored,
    changed,
    half_failed,
    only_runs,
    synthetic,
    with_table,
    without_arrays,
)
from inputgrad.adversarial.objectives import OBJECTIVES
from inputgrad.errors import ConfigError, StoreError
from inputgrad.places import SCRIPTS, TEMPLATES
from inputgrad.registry import METHODS
from inputgrad.report.figures import pictures, saliency_parts
from inputgrad.report.figures.arrays import Exemplars, load_pictures, read_exemplars
from inputgrad.report.figures.attack_names import attack_names
from inputgrad.report.figures.catalogue import FIGURES
from inputgrad.report.figures.chart_parts import cloud, thinned
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.labels import load_architectures, load_labels, load_methods
from inputgrad.report.figures.native import jpeg
from inputgrad.report.figures.output import draw_all, rounded
from inputgrad.report.figures.style import CSS_DPI, LOOKS, MAX_HEIGHT, STYLE, WIDTH
from inputgrad.report.figures.words import TINIEST, Words, fitted, short, text_width
from inputgrad.report.network_names import network_names
from inputgrad.report.run_names import run_names
from inputgrad.report.summaries.context import ModelFacts
from inputgrad.report.summaries.map_changes import CHANGES, left_by
from inputgrad.report.summaries.summary import Summary

SALIENCY = {
    *("saliency_gallery", "saliency_parts", "saliency_deletion", "saliency_limits"),
    *("saliency_grid", "saliency_boxes", "saliency_models", "saliency_depths", "saliency_pairs"),
    *("saliency_mosaic", "saliency_questions"),
}
ATTACK_CHARTS = {
    "robustness_scatter",
    "score_paths",
    "fooling_curve",
    "perturbation_norms",
    "attack_costs",
    "eta_sweep",
    "content_scatter",
    "survival_matrix",
}
JUDGED = {"transfer_matrix"}
CLASSES = {
    "class_gallery",
    "ascent_iterations",
    "ascent_grid",
    "ascent_restraints",
    "class_photographs",
    "ascent_from_photograph",
    "class_gallery_models",
}


COMPLETE = synthetic()
ATTACKS = ATTACK_CHARTS | {"adversarial_gallery"}
PHOTOGRAPHS = SALIENCY | ATTACKS | JUDGED
PICTURES = CLASSES | {
    *("saliency_gallery", "saliency_parts", "saliency_depths", "saliency_boxes"),
    *("saliency_pairs", "saliency_mosaic", "saliency_questions", "adversarial_gallery"),
}
# what the data are like, the data, the figures looked at, those that the data do not allow
SCENARIOS: list[tuple[str, Material, set[str], set[str]]] = [
    ("complete", COMPLETE, set(FIGURES), set()),
    ("one model", synthetic(models=1), set(FIGURES),
     {"saliency_models", "saliency_pairs", "class_gallery_models", "transfer_matrix"}),
    ("one photograph", synthetic(images=1), PHOTOGRAPHS, set()),
    ("crowd", synthetic(models=7, exemplars=12), PICTURES | {"perturbation_norms"} | JUDGED, set()),
    ("many photographs", synthetic(images=450, models=2), PHOTOGRAPHS - PICTURES, set()),
    ("one step size", synthetic(etas=(0.25,)), ATTACKS, {"eta_sweep", "attack_costs"}),
    ("a crowd of attacks", synthetic(etas=tuple(0.1 * k for k in range(1, 13))),
     {"attack_costs"}, set()),
    ("half of the attacks fail", half_failed(COMPLETE), {"attack_costs"}, set()),
    ("no photograph", synthetic(images=0), set(FIGURES),
     PHOTOGRAPHS | {"ascent_from_photograph", "class_photographs"}),
    ("nothing attacked", changed(COMPLETE, "adversarial", attacked=False), ATTACKS, ATTACKS),
    ("target never reached", all_censored(COMPLETE), ATTACKS, set()),
    ("target always reached", changed(COMPLETE, "adversarial", iterations=3, censored=False),
     ATTACKS, set()),
    ("nothing foretold", changed(COMPLETE, "adversarial", predicted_iterations=np.nan),
     {"robustness_scatter"}, {"robustness_scatter"}),
    ("three networks", synthetic(models=3), JUDGED, set()),
    ("nobody right", changed(COMPLETE, "transfer", correct_before=False), JUDGED, JUDGED),
    ("zero maps", changed(COMPLETE, "saliency", zero_gradient=True), SALIENCY, set()),
    ("several runs", synthetic(maps=("plain", "smooth", "third"), shown=2, exemplars=5),
     PICTURES - CLASSES, set()),
    ("several runs of a crowd", synthetic(models=7, maps=("plain", "smooth"), exemplars=12),
     PICTURES - CLASSES, set()),
    ("a measure less", changed(COMPLETE, "saliency", class_sensitivity=np.nan, box_share=np.nan),
     SALIENCY, set()),
    ("nothing judged",
     changed(COMPLETE, "class_visualization", score=np.nan, probability=np.nan, prediction=np.nan),
     CLASSES, set()),
    ("no length of a step", changed(COMPLETE, "adversarial", eta=np.nan), ATTACKS, {"eta_sweep"}),
    ("no arrays", without_arrays(COMPLETE, "network_0", "network_1"), PICTURES, PICTURES),
    ("arrays of one model", without_arrays(COMPLETE, "network_1"), PICTURES,
     {"class_gallery_models", "saliency_pairs"}),
    ("one setting", only_runs(COMPLETE, "main"), CLASSES,
     {"ascent_grid", "ascent_restraints", "ascent_from_photograph"}),
    ("no main visualisation", only_runs(COMPLETE, "from_photograph"), CLASSES,
     CLASSES - {"ascent_from_photograph"}),
]  # fmt: skip


def drawn(name: str, data: Material, words: Words = WORDS) -> Drawing | None:
    return FIGURES[name](data.summary, data.pictures, words)


def write_all(data: Material, out: Path) -> None:
    draw_all(data.summary, data.pictures, WORDS, out)


@pytest.fixture(autouse=True)
def house_style() -> Iterator[None]:
    with mpl.style.context(["default", STYLE]):
        yield


@pytest.fixture(scope="module")
def no_garbage() -> None:
    """None of earlier tests, whose open fonts a test that allows no warning would notice."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("data", "names", "absent"), [row[1:] for row in SCENARIOS], ids=[row[0] for row in SCENARIOS]
)
def test_missing_pieces_leave_a_drawing_that_fits_the_page_or_none(
    data: Material, names: set[str], absent: set[str]
) -> None:
    drawings = {name: drawn(name, data) for name in sorted(names)}
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
    write_all(only_runs(COMPLETE, "main"), path)
    return path


def test_files_are_the_same_bytes_whatever_the_users_settings(folder: Path, tmp_path: Path) -> None:
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9, "svg.hashsalt": "other"}):
        write_all(only_runs(synthetic(), "main"), tmp_path)
    files = sorted(path.name for path in folder.iterdir())
    assert files == sorted(path.name for path in tmp_path.iterdir())
    for name in files:
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes(), name


def test_a_picture_of_noise_is_written_as_any_other() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    assert jpeg(noise).startswith(b"\xff\xd8")


def test_manifest_says_what_was_written(folder: Path) -> None:
    manifest = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    absent = {name for name, entry in manifest.items() if entry is None}
    assert list(manifest) == list(FIGURES)
    assert absent == {"ascent_grid", "ascent_restraints", "ascent_from_photograph"}
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
    """With labels, classes and networks of digits alone, no letter is left."""
    fields = string.Formatter()
    labels = {
        key: "".join(
            "{" + (spec and f":{spec}") + "}"
            for _, name, spec, _ in fields.parse(value)
            if name is not None
        )
        or "7"
        for key, value in WORDS.labels.items()
    }
    networks = {model.name: "7" for model in COMPLETE.context.models}
    of_techniques = (COMPLETE.context.runs[technique] for technique in ("saliency", "adversarial"))
    runs = dict.fromkeys(itertools.chain(*of_techniques), "7")
    words = Words(labels, lambda index: f"{index}", networks, runs)
    for name in FIGURES:
        drawing = drawn(name, COMPLETE, words)
        assert drawing is not None
        for text in drawing.figure.findobj(Text):
            assert not any(letter.isalpha() for letter in text.get_text()), (name, text)


def test_networks_are_called_by_their_architecture_and_twins_by_both_names() -> None:
    titles = load_architectures(TEMPLATES, "en")
    named = {"a": "squeezenet1_1", "b": "vgg16", "c": "vgg16", "mine": "convnext_tiny"}
    models = [ModelFacts(name, architecture, "timm") for name, architecture in named.items()]
    assert network_names(models, titles) == {
        "a": "SqueezeNet 1.1", "b": "VGG16 (b)", "c": "VGG16 (c)", "mine": "mine",
    }  # fmt: skip


def test_runs_are_called_by_their_method_and_twins_by_what_differs() -> None:
    named = {"gradient": "gradient", "random": "random", "second": "random", "mine": "unheard_of"}
    settings: dict[str, dict[str, Any]] = {run: {"method": m} for run, m in named.items()}
    settings["grad_cam"] = {"method": "grad_cam", "layer": "last", "relu": True}
    settings["deeper"] = settings["grad_cam"] | {"layer": "early"}
    settings |= {"a": {"method": "smoothgrad", "sigma": 1}, "b": {"method": "smoothgrad"}}
    assert run_names(settings, load_methods(TEMPLATES, "en")) == {
        "gradient": "Gradient", "random": "Random", "second": "Random (second)", "mine": "mine",
        "grad_cam": "Grad-CAM", "deeper": "Grad-CAM (layer early)",
        "a": "SmoothGrad (a)", "b": "SmoothGrad (b)",
    }  # fmt: skip


def test_every_label_is_used_and_there() -> None:
    folder = SCRIPTS / "inputgrad" / "report" / "figures"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    by_method = {f"attack_{method}" for method in METHODS["adversarial"]}
    climbed = {f"attack_{objective}" for objective in OBJECTIVES if objective != "logit"}
    assert by_method | climbed <= WORDS.labels.keys()
    others = [key for key in WORDS.labels if key not in by_method | climbed]
    assert [key for key in others if f'"{key}"' not in source] == []
    asked = set(re.findall(r'words\["(\w+)"\]', source))
    assert asked and asked <= set(WORDS.labels)


def test_a_language_without_labels_is_named() -> None:
    with pytest.raises(ConfigError, match=r"unknown language of the figures 'eo'.*known: en"):
        load_labels(TEMPLATES, "eo")


def leaves(fact: Any) -> Iterator[Any]:
    """Numbers, texts and gaps of facts or of dataclasses, at any depth."""
    if dataclasses.is_dataclass(fact):
        fact = [getattr(fact, field.name) for field in dataclasses.fields(fact)]
    if isinstance(fact, dict):
        fact = fact.values()
    elif isinstance(fact, str) or not isinstance(fact, Iterable):
        yield fact
        return
    for value in fact:
        yield from leaves(value)


def test_facts_hold_no_prose() -> None:
    for name in FIGURES:
        drawing = drawn(name, COMPLETE)
        assert drawing is not None
        texts = [fact for fact in leaves(drawing.facts) if isinstance(fact, str)]
        assert all(re.fullmatch(r"[a-z0-9_]+", text) for text in texts), name


def test_figures_read_no_table_and_compute_no_statistic() -> None:
    """Only the summaries do: figures know of the types that statistics return, and no more."""
    types = {"inputgrad.statistics.estimates", "inputgrad.statistics.survival"}
    for path in (SCRIPTS / "inputgrad" / "report" / "figures").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found = {(alias.name, "") for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found = {(str(node.module), alias.name) for alias in node.names}
            else:
                continue
            for module, name in found:
                assert module.split(".")[0] not in {"pandas", "scipy"} or name == "ndimage", path
                assert not module.startswith("inputgrad.tables"), path
                if module.startswith("inputgrad.statistics"):
                    assert module in types and name[0].isupper(), (path.name, module, name)


MAIN = "step0.25"


def mixed(*targets: str) -> Material:
    """Censored, failed, refused and missing attacks, and other policies with other numbers."""
    material = synthetic(images=14, exemplars=14, etas=(0.25, 0.1, 1.0), targets=targets, shown=2)
    flags = ["success", "success_png", "changed_png", "censored", "control_changed"]
    rows = material.tables["adversarial"].astype(dict.fromkeys(flags, object))
    rows["iterations"] = rows["iterations"].astype(float)
    place = rows["image_id"].map(lambda image_id: int(image_id, 16))
    stopped = {"iterations": BUDGET, "censored": True, "success": False}
    stopped |= {"success_png": False, "changed_png": False}
    rows.loc[place < 3, list(stopped)] = list(stopped.values())
    rows.loc[place < 3, "rms_255"] = 9.0 + place  # a budget spent is a large perturbation
    rows.loc[place.between(3, 5), "success_png"] = False
    rows.loc[place.eq(6), "attacked"] = False
    missing = [*flags, "iterations", "rms_255", "l2_png", "predicted_iterations"]
    rows.loc[place.eq(7), missing] = None
    rows.loc[place.between(8, 9), "control_changed"] = True
    other = rows["target_policy"].ne("random")
    rows.loc[other, "rms_255"] += 30.0
    rows.loc[other, "l2_png"] += 5.0
    rows.loc[other & rows["censored"].eq(False), "iterations"] = 2
    return with_table(material, "adversarial", rows)


MIXED = mixed("least_likely", "random")


def facts_of(estimate: Any) -> dict[str, Any]:
    return {key: getattr(estimate, key) for key in ("estimate", "low", "high", "n")}


def test_figures_show_the_numbers_of_the_tables() -> None:
    """Point by point, for the figures beside a table of medians and shares."""
    answers = MIXED.summary.answers
    norms, sweep, curve, limits, models, forecast = (
        drawn(name, MIXED)
        for name in (
            "perturbation_norms", "eta_sweep", "fooling_curve", "saliency_limits",
            "saliency_models", "robustness_scatter",
        )
    )  # fmt: skip
    assert norms and sweep and curve and limits and models and forecast
    for row in answers[6].rows:
        assert row.rms_255.n < row.n == 13
        assert norms.facts["rms_255"][row.model] == facts_of(row.rms_255)
        changes = norms.facts["share_changed"]
        assert changes["targeted"][row.model] == facts_of(row.changed_png)
        assert changes["control"][row.model] == facts_of(row.control_changed)
    for model, rows in answers[7].sweeps.items():
        assert sweep.facts["eta"][model] == [row.eta for row in rows] == [0.1, 0.25, 1.0]
        assert sweep.facts["rms_255"][model] == [facts_of(row.rms_255) for row in rows]
        assert sweep.facts["iterations"][model] == [facts_of(row.iterations) for row in rows]
        assert sweep.facts["success_png"][model] == [facts_of(row.fooled_png) for row in rows]
    for model, shares in answers[5].curves.items():
        assert curve.facts["share_at_budget"][model] == facts_of(shares[BUDGET])
    for row in answers[2].rows:
        for measure in models.facts:
            assert models.facts[measure]["median"][row.model] == facts_of(row[measure])
    for change, rows in left_by(answers[2].rows).items():
        for row in rows:
            assert limits.facts[change][row.model] == facts_of(row.median)
    for found in answers[2].reach:
        expected = facts_of(found.ratio) | {"censored": 3}
        assert forecast.facts[found.model] == expected


def rows_of(summary: Summary) -> dict[str, list[Any]]:
    """Figure -> the rows whose numbers it may show, and the counts of what it shows."""
    answers, lead = summary.answers, summary.context.model_names[0]
    attacks = [row.points for rows in summary.attack_runs.values() for row in rows]
    pixels = [pictures.CLIP_QUANTILE, pictures.SMOOTHING_SHARE, *pictures.AMPLIFICATIONS]
    return {
        "overview": [answers[1].rows, summary.attack_runs, summary.ascents, *pixels],
        "saliency_gallery": [2, 14, *pixels],
        "saliency_parts": [answers[1].rows, saliency_parts.SHARE],
        "saliency_pairs": [answers[4].agreements, 3, pictures.CLIP_QUANTILE],
        "saliency_deletion": [answers[1].methods],
        "saliency_limits": [left_by(answers[2].rows)],
        "saliency_mosaic": [*MOSAIC_SHARES, pictures.CLIP_QUANTILE],
        "saliency_questions": [*QUESTION_RHOS, 1, 3, 130, pictures.CLIP_QUANTILE],
        "saliency_grid": [answers[3].methods],
        "saliency_depths": [2],
        "saliency_boxes": [row.points for row in answers[3].rows],
        "robustness_scatter": [found.ratio for found in answers[2].reach],
        "saliency_models": [answers[4].rows],
        "adversarial_gallery": [attacks, *pixels],
        "score_paths": [summary.score_paths[0].risen, 3],
        "fooling_curve": [answers[5].curves, BUDGET],
        "perturbation_norms": [answers[6].rows],
        "transfer_matrix": [summary.transfers[0].rows],
        "survival_matrix": [summary.survived, 75, 0.9, 2, 0.1, 0.25, 1.0],  # and runs' names
        "attack_costs": [summary.contests, answers[7].sweeps],
        "eta_sweep": [answers[7].sweeps],
        "content_scatter": [[point.contrast for point in attacks[i]] for i in range(2)] + [12],
        "class_gallery": [answers[8].classes[lead], 3],
        "ascent_iterations": [summary.drawn[lead]],
        "ascent_grid": [summary.settings[lead]],
        "ascent_restraints": [summary.restraints[lead]],
        "class_photographs": [summary.drawn[lead], summary.likenesses, 3],
        "ascent_from_photograph": [
            summary.ascents[lead],
            summary.answers[10].rows,
            pictures.CLIP_QUANTILE,
        ],
        "class_gallery_models": [answers[8].classes, 3],
    }


def words_of(figure: Figure) -> list[str]:
    """Texts of a figure without the numbers along the axes."""
    legends = [*figure.legends, *filter(None, (axes.get_legend() for axes in figure.axes))]
    texts = [text.get_text() for legend in legends for text in legend.get_texts()]
    for axes in figure.axes:
        texts += [text.get_text() for text in axes.texts]
        texts += [axes.get_title("left"), axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    return texts


def printed(figure: Figure) -> set[str]:
    """Numbers in the words of a figure, those in the names of networks left out."""
    texts = [re.sub(r"network_\d", "", text) for text in words_of(figure)]
    return {number for text in texts for number in re.findall(r"[<>]?-?\d+(?:\.\d+)?%?", text)}


def formatted(values: Iterable[float]) -> set[str]:
    """Every way in which the figures write a number."""
    found = set()
    for value in values:
        found |= {f"{value:g}", f"{value:.1f}", f"{value:.2f}", short(value)}
        if 0.0 <= value <= 1.0:
            found.add(WORDS.percent(value))
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_every_number_of_a_figure_is_one_of_the_summarys_rows(name: str) -> None:
    words = Words(WORDS.labels, lambda index: "class " + "abcdefghij"[index % 10])
    drawing = drawn(name, MIXED, words)
    assert drawing is not None
    numbers = (int, float, np.integer, np.floating)
    rows = rows_of(MIXED.summary)[name]
    known = {float(leaf) for leaf in leaves(rows) if isinstance(leaf, numbers)}
    facts = {float(leaf) for leaf in leaves(drawing.facts) if isinstance(leaf, numbers)}
    assert facts <= known
    own = {"8", "255", "2", "1"}  # of '8-bit', 'of 255', 'L2' and '1 − rank correlation'
    assert printed(drawing.figure) - own <= formatted(known)


def test_medians_of_perturbations_are_over_all_attacked_photographs() -> None:
    rows = MIXED.tables["adversarial"]
    chosen = rows["run"].eq(MAIN) & rows["target_policy"].eq("random") & rows["attacked"].eq(True)
    for row in MIXED.summary.attacks:
        norms = rows[chosen & rows["model"].eq(row.model)]["rms_255"].dropna()
        assert row.rms_255.estimate == pytest.approx(np.median(norms))
        assert (row.n, row.rms_255.n, row.iterations.censored) == (13, 12, 3)


def test_pictures_and_sentences_are_of_one_target_policy() -> None:
    """Of the policies that were run `random`, in whatever place; without it, the first one."""
    for targets, expected in (
        (("least_likely", "random"), "random"),
        (("least_likely", "runner_up"), "least_likely"),
    ):
        material = mixed(*targets)
        arrays = {
            model: {k: v for k, v in of_model.items() if "adversarial" not in k or expected in k}
            for model, of_model in material.pictures.photographs.items()
        }
        shown = dataclasses.replace(material.pictures, photographs=arrays)
        drawing = drawn("adversarial_gallery", dataclasses.replace(material, pictures=shown))
        assert drawing is not None
        assert drawing.facts["target_policy"] == expected
        rows = material.summary.answers[5].rows
        assert {(row.target_policy, row.n) for row in rows} == {(expected, 13)}
        points = {point.image_id: point.l2_png for point in rows[0].points}
        assert set(drawing.facts["runs"][MAIN]["l2"]) <= set(points.values())


def test_every_run_with_exemplars_is_shown() -> None:
    material = synthetic(maps=("plain", "smooth"), shown=2)
    maps, attacks = (drawn(f"{kind}_gallery", material) for kind in ("saliency", "adversarial"))
    assert maps and attacks
    assert maps.facts["runs"] == {"plain": 3, "smooth": 3}
    assert list(attacks.facts["runs"]) == ["step0.1", "step0.25"]
    assert maps.facts["chosen_by"] == "half_mass_share"
    assert attacks.facts["chosen_by"] == "rms_255"


def dots(drawing: Drawing) -> list[Any]:
    return [
        np.asarray(collection.get_offsets())[:, 0]
        for axes in drawing.figure.axes
        for collection in axes.collections
        if isinstance(collection, PathCollection) and len(collection.get_offsets())
    ]


def test_every_photograph_is_a_dot() -> None:
    drawing = drawn("saliency_limits", COMPLETE)
    assert drawing is not None
    rows = COMPLETE.tables["saliency"]
    rows = rows[rows["run"] == COMPLETE.context.main_runs["saliency"]]
    strips = [(change, model) for change, models in drawing.facts.items() for model in models]
    for found, (change, model) in zip(dots(drawing), strips, strict=True):
        measure, turned = CHANGES[change]
        values = rows.loc[rows["model"] == model, measure]
        np.testing.assert_allclose(np.sort(found), np.sort(1 - values if turned else values))


@pytest.mark.parametrize(("n", "marks"), [(2000, 2000), (2001, 1001), (6000, 2000)])
def test_of_very_many_photographs_some_are_drawn_which_the_facts_say(n: int, marks: int) -> None:
    axes = Figure().subplots()
    cloud(axes, [*range(n)], [*range(n)], hollow=[False] * n, look=LOOKS[0])
    assert sum(len(drawn.get_offsets()) for drawn in axes.collections) == marks
    assert thinned(n) == ({"every": -(-n // 2000)} if n > 2000 else {})


def test_every_attack_is_a_dot_and_a_ring_where_the_budget_stopped_it() -> None:
    drawing = drawn("perturbation_norms", MIXED)
    assert drawing is not None
    counts = [len(found) for found in dots(drawing)]
    assert counts == [9, 3] * 2  # one of the 13 has no norm


def test_paths_are_the_scores_of_three_classes_and_part_of_the_gap_is_the_targets_rise() -> None:
    drawing = drawn("score_paths", COMPLETE)
    assert drawing is not None
    assert drawing.n == len(drawing.figure.axes) == 3
    for axes in drawing.figure.axes:
        lines = [line.get_ydata().tolist() for line in axes.lines if len(line.get_xdata()) > 1]
        assert lines == [[9, 8, 7, 6], [0, 3, 6, 9], [5, 5, 5, 5]]
    for found in COMPLETE.summary.score_paths:
        assert found.risen.estimate == pytest.approx(9 / 12)
        assert (found.risen.n, found.label) == (len(reached(found.model)), "falls")


def reached(model: str) -> pd.DataFrame:
    rows = COMPLETE.tables["adversarial"]
    main = rows["run"] == COMPLETE.context.main_runs["adversarial"]
    return rows[main & (rows["model"] == model) & (rows["success"] == True)]  # noqa: E712


def test_null_is_not_attacked() -> None:
    flags = pd.Series([True, False, None], dtype=object)
    data = changed(synthetic(images=3, models=1, etas=(0.25,)), "adversarial", attacked=flags)
    assert [row.n for row in data.summary.attacks] == [1]


def test_pictures_survive_the_disk(tmp_path: Path) -> None:
    paths: dict[str, Path] = {}
    given_pictures = COMPLETE.pictures
    for kind, arrays in (("e", given_pictures.photographs), ("v", given_pictures.visualizations)):
        for model, found in arrays.items():
            paths[kind + model] = tmp_path / f"{kind}{model}.npz"
            np.savez(paths[kind + model], **found)
    models = COMPLETE.context.model_names
    loaded = load_pictures(
        given_pictures.exemplars,
        photographs={model: paths[f"e{model}"] for model in models},
        visualizations={model: [paths[f"v{model}"]] for model in models},
    )
    for stored, given_arrays in (
        (loaded.photographs, given_pictures.photographs),
        (loaded.visualizations, given_pictures.visualizations),
    ):
        for model in models:
            assert set(stored[model]) == set(given_arrays[model])
            for name, array in given_arrays[model].items():
                np.testing.assert_array_equal(stored[model][name], array)
    assert loaded.photograph("network_0", "not an image") is None


def test_exemplars_are_read_by_technique_and_run(tmp_path: Path) -> None:
    file = tmp_path / "exemplars.json"
    content = {"saliency": {"plain": ["b", "a"], "other": []}, "chosen_by": {"saliency": "gini"}}
    file.write_text(json.dumps(content))
    exemplars = read_exemplars(file)
    runs = {"saliency": {"plain": ("b", "a"), "other": ()}}
    assert exemplars == Exemplars(runs, {"saliency": "gini"})
    context = synthetic(maps=("other", "plain")).context
    assert exemplars.of("saliency", context) == {"plain": ("b", "a")}
    assert exemplars.of("adversarial", COMPLETE.context) == {}
    file.write_text('["a"]')
    with pytest.raises(StoreError, match=r"exemplars\.json: expected photographs by technique"):
        read_exemplars(file)


def test_broken_arrays_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "network.npz"
    broken.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(StoreError, match=r"network\.npz.*remove it and run again"):
        load_pictures(Exemplars({}), photographs={"network": broken}, visualizations={})


def test_figures_import_neither_torch_nor_pyplot_nor_a_method() -> None:
    code = (
        "import sys, inputgrad.report.figures.output; from inputgrad import registry;"
        "methods = {m for f in registry.METHODS.values() for m in f.values()};"
        "print([m for m in ('torch', 'matplotlib.pyplot', *methods) if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    found = subprocess.check_output(command, cwd=SCRIPTS, text=True)
    assert found.strip() == "[]"


@given(
    st.lists(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)),
    st.floats(0.4, 3.0),
)
@settings(deadline=None)
def test_a_name_is_broken_or_smaller_and_never_cut(parts: list[str], width: float) -> None:
    for name in (" ".join(parts), "-".join(parts)):
        fit = fitted(name, width, lines=2)
        assert "".join(fit.lines).replace(" ", "") == name.replace(" ", "")
        assert all(text_width(line, fit.size) <= width + 1e-6 for line in fit.lines)
        assert len(fit.lines) <= 2 or fit.size <= TINIEST


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_names_of_networks_and_classes_stand_whole_in_pictures(name: str) -> None:
    networks = {
        model.name: f"Efficient-Network-{model.name[-1]}" for model in COMPLETE.context.models
    }
    words = Words(WORDS.labels, lambda index: f"German short-haired pointer {index}", networks)
    drawing = drawn(name, COMPLETE, words)
    assert drawing is not None
    texts = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    assert texts and not any("…" in text for text in texts)


def test_attacks_are_called_by_their_method_and_twins_by_what_tells_them_apart() -> None:
    runs: dict[str, dict[str, Any]] = {
        "a": {"method": "gradient_ascent", "eta": 0.25, "objective": "logit"},
        "b": {"method": "gradient_ascent", "eta": 1.0, "objective": "logit"},
        "c": {"method": "gradient_ascent", "eta": 1.0, "refine": 7, "objective": "logit"},
        "d": {"method": "ddn", "gamma": 0.1},
        "e": {"method": "ddn", "gamma": 0.2},
        "f": {"method": "fgsm", "objective": "log_probability"},
        "g": {"method": "gradient_ascent", "eta": 1.0, "objective": "margin"},
        "mine": {"method": "unheard_of"},
    }
    context: Any = SimpleNamespace(settings={"adversarial": runs})
    assert attack_names(context, WORDS) == {
        "a": "ascent, η = 0.25", "b": "ascent, η = 1", "c": "ascent, led back",
        "d": "DDN (d)", "e": "DDN (e)", "f": "FGSM",
        "g": "ascent, margin", "mine": "mine",
    }  # fmt: skip


def test_attacks_without_a_distance_lie_apart_from_the_axis_of_distances() -> None:
    drawing = drawn("attack_costs", COMPLETE)
    assert drawing is not None
    strip, costs, _ = drawing.figure.axes
    assert strip.get_title("left") == WORDS["half_failed"]
    assert list(strip.get_yticks()) == []
    assert (len(strip.lines), len(costs.lines)) == (1, 1)  # half fail in the PNG, half do not


def test_a_photograph_driven_toward_another_class_bears_both_names() -> None:
    words = Words(WORDS.labels, lambda index: f"class{index}")
    drawing = drawn("ascent_from_photograph", COMPLETE, words)
    assert drawing is not None
    rows = [r for r in COMPLETE.summary.answers[10].rows if r.model == "network_0"]
    texts = " ".join(text.get_text() for axes in drawing.figure.axes for text in axes.texts)
    away = [f"class{r.photograph_label} → class{r.class_index}" for r in rows if not r.own_class]
    assert any(name in texts for name in away) == bool(away)


def test_another_network_has_its_say_beside_what_becomes_of_a_photograph() -> None:
    drawing = drawn("ascent_from_photograph", COMPLETE)
    assert drawing is not None
    texts = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    rows = [r for r in COMPLETE.summary.answers[10].rows if r.model == "network_0"]
    seen = [r.witness for r in rows if r.witness is not None]
    assert seen and {one.judge for one in seen} <= {"network_1"}
    ends = {WORDS.percent(one.end) for one in seen}
    assert any(f"→ {end}" in text for text in texts for end in ends)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.004, "<1%"), (0.009, "<1%"), (0.5, "50%"), (0.989, "99%"),
        (0.99, "99%"),
        (0.991, ">99%"), (0.999, ">99%"),
     (1.0, "100%"), (None, "–")],
)  # fmt: skip
def test_percentages_never_round_to_certainty(share: float | None, words: str) -> None:
    assert WORDS.percent(share) == words


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
