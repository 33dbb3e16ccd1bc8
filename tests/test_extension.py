"""A method, a measure and a figure from outside the package: what CONTRIBUTING says it takes."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inputgrad import registry
from inputgrad.cells.plan import Plan
from inputgrad.cells.store import CellStore
from inputgrad.config import manual
from inputgrad.config.modules import check_registry
from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete, gather
from inputgrad.jobs.keeping import Keeping
from inputgrad.photographs.bundled import list_photographs
from inputgrad.photographs.files import image_id
from inputgrad.photographs.index import BatchImage
from inputgrad.places import SCRIPTS
from inputgrad.tables import schema
from inputgrad.tables.files import of_table

METHOD = '''
"""Toy saliency: every colour of a pixel is as salient as it is bright."""

from inputgrad.config.settings import Field
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """A factor."""

    factor: float = Field(1.0, gt=0, description="Multiplies the map.")


def attribute(classifier, images, targets, parameters, noise):
    """Brightness as a map."""
    return Attribution(parameters.factor * images)
'''
MEASURE = '''
"""Toy measure: the largest value of a map, and a table of its own with two shares."""

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Record
from inputgrad.tables.columns import Column

CURVE = "toy_curve"
COLUMNS = (
    Column(name="toy_peak", kind="real", meaning="Largest value of the map.", better="higher"),
    Column(name="toy_share", kind="real", meaning="Of the peak.", table=CURVE, key=True),
    Column(name="toy_pixels", kind="whole", meaning="Above it.", table=CURVE),
)


class Parameters(Settings):
    """Shares of the peak."""

    share: float = Field(0.5, gt=0, lt=1, description="Share of the peak.")


def measure(outcomes, parameters, tools):
    """The peak, and how many pixels are above shares of it."""
    for outcome in outcomes:
        saliency = outcome.arrays["map"]
        peak = float(saliency.max())
        curve = [
            Record({"toy_share": s, "toy_pixels": int((saliency > s * peak).sum())}, {}, CURVE)
            for s in (parameters.share, 1.0)
        ]
        yield [Record({"toy_peak": peak}), *curve]
'''
CONFIG: dict[str, Any] = {
    "device": "cpu",
    "images": {"sources": [{"kind": "bundled"}]},
    "models": {"lite0": {"source": "package", "architecture": "efficientnet_lite0", "slots": 2}},
    "saliency": {"runs": {"gradient": {}}, "measures": {"concentration": {}}},
    "adversarial": {"runs": {"gradient_ascent": {}}},
    "class_visualization": {"classes": ["daisy"], "runs": {"practical": {}}},
}
WITH_TOYS = CONFIG | {
    "saliency": {
        "runs": {"gradient": {}, "bright": {"method": "toy", "factor": 2}},
        "measures": {"concentration": {}, "toy": {"share": 0.25}},
        "shown": ["bright", "gradient"],
        "shown_by": "toy_peak",
    }
}


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module each and a line each in the registry: nothing else is touched."""
    (tmp_path / "toy_method.py").write_text(METHOD)
    (tmp_path / "toy_measure.py").write_text(MEASURE)
    monkeypatch.syspath_prepend(str(tmp_path))
    caches = (check_registry, schema.tables, schema.type_of)
    with monkeypatch.context() as lines:
        lines.setitem(registry.METHODS["saliency"], "toy", "toy_method")
        lines.setitem(registry.MEASURES["saliency"], "toy", "toy_measure")
        for cached in caches:
            cached.cache_clear()
        yield
    for cached in caches:
        cached.cache_clear()
    for name in ("toy_method", "toy_measure"):
        sys.modules.pop(name, None)


def images() -> list[BatchImage]:
    listed = list_photographs(path=None, labels=None).photographs[:2]
    return [BatchImage(image_id(p.path.read_bytes()), p.label, p.path) for p in listed]


@pytest.mark.usefixtures("toys")
def test_a_method_and_a_measure_cost_only_themselves(tmp_path: Path) -> None:
    store, photographs = CellStore(tmp_path / "cells"), images()
    labelled = [(image.image_id, image.label) for image in photographs]
    keeping = Keeping(everything=True)
    before = Plan(parse_config(CONFIG)).image_cells("saliency", "lite0", labelled)
    plan = Plan(parse_config(CONFIG))
    complete(plan, store, before, photographs, keeping=keeping)
    known = store.identities()

    plan = Plan(parse_config(WITH_TOYS))
    cells = plan.image_cells("saliency", "lite0", labelled)
    assert {cell.identity for cell in before} < {cell.identity for cell in cells}
    complete(plan, store, cells, photographs, keeping=keeping)
    new = {cell.identity: f"{cell.run} {cell.name}" for cell in cells if cell.identity not in known}
    assert set(new.values()) == {
        "bright toy",  # the method's cell, and the measure of the same name
        "bright concentration",
        "gradient toy",
    }
    assert len(new) == 4

    found = gather(store, cells)
    rows = of_table("saliency", found).to_pylist()
    assert {row["run"] for row in rows} == {"gradient", "bright"}
    assert all(row["toy_peak"] is not None and row["gini"] is not None for row in rows)
    curve = of_table("toy_curve", found).to_pylist()
    assert {row["toy_share"] for row in curve} == {0.25, 1.0}
    assert all(row["toy_pixels"] == 0 for row in curve if row["toy_share"] == 1.0)
    assert len(curve) == 2 * len(rows)


@pytest.mark.usefixtures("toys")
def test_the_manuals_know_them() -> None:
    from inputgrad.tables import manual as of_the_tables

    text = manual.render()
    assert "### saliency: `toy`" in text and "| `factor` |" in text
    assert "### saliency, measure `toy`: `toy_peak`" in text
    assert "| `toy_peak` | Largest value of the map." in of_the_tables.render()
    assert "## `toy_curve`" in of_the_tables.render()


@pytest.mark.usefixtures("toys")
def test_a_parameter_of_the_toy_is_checked_like_any_other() -> None:
    from inputgrad.errors import ConfigError

    saliency = {"runs": {"toy": {"factr": 1}}, "measures": {"toy": {"share": 2}}}
    with pytest.raises(ConfigError) as caught:
        parse_config(CONFIG | {"saliency": saliency})
    first, second = str(caught.value).splitlines()
    assert "saliency.runs.toy.factr: unknown key 'factr'; did you mean 'factor'?" in first
    assert "saliency.measures.toy.share: expected less than 1" in second


def test_the_table_of_files_to_touch_names_what_exists() -> None:
    """A path with <name> must have its folder, one without must be there itself."""
    text = (SCRIPTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("## Files to touch")[2].partition("A method's module")[0]
    paths = re.findall(r"`((?:scripts|tests|report_templates)/[^`]+)`", table)
    assert len(paths) > 12
    for path in paths:
        fixed = path.replace("<language>", "en").replace("<technique>", "saliency")
        place = SCRIPTS.parent / fixed
        assert (place.parent if "<" in place.name else place).exists(), path


FIGURE = '''
"""Toy figure: how many photographs were attacked, as a bar."""

from matplotlib.figure import Figure

from inputgrad.report.figures.drawing import Drawing


def draw(summary, pictures, words):
    """One bar, drawn from the summary."""
    figure = Figure(figsize=(3.0, 2.0))
    axes = figure.subplots()
    number = summary.attacks[0].n
    axes.bar([0], [number])
    axes.set_title(words["toy_title"])
    return Drawing(figure, number, {"attacked": number})
'''


def test_a_figure_is_a_module_a_line_and_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from figure_data import synthetic
    from inputgrad.places import TEMPLATES
    from inputgrad.report.figures.catalogue import FIGURES
    from inputgrad.report.figures.labels import load_labels
    from inputgrad.report.figures.output import draw_all
    from inputgrad.report.figures.words import Words

    (tmp_path / "toy_figure.py").write_text(FIGURE)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [*FIGURES]:
        monkeypatch.delitem(FIGURES, name)
    monkeypatch.setitem(FIGURES, "toy", importlib.import_module("toy_figure").draw)
    words = Words({**load_labels(TEMPLATES, "en"), "toy_title": "A toy"}, str)
    material = synthetic()
    manifest = draw_all(material.summary, material.pictures, words, tmp_path / "figures")
    assert manifest["toy"] is not None
    assert manifest["toy"]["facts"] == {"attacked": manifest["toy"]["n"]}
    assert (tmp_path / "figures" / manifest["toy"]["file"]).is_file()
    sys.modules.pop("toy_figure")
