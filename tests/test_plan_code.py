"""Which code a cell depends on: identities of a copy of the scripts that is edited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from inputgrad import registry
from pretended import photographs

ROOT = Path(__file__).resolve().parents[1]
# table and run of the base configuration -> the units of each: the run and its measures
UNITS = {
    "predictions": ["predict"],
    "saliency": ["gradient"],
    "adversarial": ["ascent", "fine"],
    "class_visualization": ["ascent", "short"],
}
ALL = {f"{table} {run}" for table, runs in UNITS.items() for run in runs}
ALL |= {f"{unit} {m}" for unit in [*ALL] for m in registry.DEFAULT_MEASURES[unit.split()[0]]}
JUDGED = {name: table for table, names in registry.JUDGEMENTS.items() for name in names}
ALL |= {f"{name} {run}" for name, table in JUDGED.items() for run in UNITS[table]}
ALL.remove("likeness short")  # of the first run alone


def of(table: str, measure: str = "") -> set[str]:
    """Units of a technique and what is judged of them, or those of one measure."""
    if measure:
        return {unit for unit in ALL if unit.startswith(table) and unit.endswith(f" {measure}")}
    tables = {table, *(name for name, judged in JUDGED.items() if judged == table)}
    return {unit for unit in ALL if unit.split()[0] in tables}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs and a copy of the scripts to edit."""
    folder = tmp_path_factory.mktemp("code")
    shutil.copytree(
        ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    photographs(range(3), folder=folder / "photographs")
    return folder


def changed(folder: Path, before: dict[str, str]) -> set[str]:
    after = code_identities(folder)
    assert after.keys() == before.keys() == ALL
    return {key for key in after if after[key] != before[key]}


def code_identities(folder: Path) -> dict[str, str]:
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests/pretended.py")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(run.stdout))


@pytest.fixture(scope="module")
def before(copies: Path) -> dict[str, str]:
    return code_identities(copies)


CODE = "\nA_NEW_CONSTANT = 1\n"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        # the numeric core, and what is of one technique
        ("inputgrad/engine/slots.py", ALL),
        ("inputgrad/engine/inputs.py", ALL),
        ("inputgrad/engine/determinism.py", ALL),
        ("inputgrad/images/decoding.py", ALL),
        ("inputgrad/models/loading.py", ALL),
        ("inputgrad/models/pooling.py", ALL),
        ("inputgrad/models/package.py", ALL),
        ("inputgrad/models/efficientnet_lite.py", ALL),
        ("inputgrad/models/squeezenet_release.py", set()),
        ("inputgrad/models/checkpoint.py", set()),
        ("inputgrad/saliency/explain.py", of("saliency")),
        ("inputgrad/adversarial/attack.py", of("adversarial")),
        ("inputgrad/class_visualization/loop.py", of("class_visualization")),
        # a method with its measures, a measure alone, what several of them use
        ("inputgrad/saliency/methods/gradient.py", of("saliency")),
        ("inputgrad/adversarial/attacks/gradient_ascent.py", of("adversarial")),
        ("inputgrad/class_visualization/methods/normalized.py", of("class_visualization")),
        ("inputgrad/saliency/methods/grad_cam.py", set()),
        ("inputgrad/adversarial/trainings/generator.py", set()),  # nothing is trained here
        ("inputgrad/models/layers.py", of("likeness")),  # and of Grad-CAM, which is not run here
        ("inputgrad/models/rectifiers.py", set()),
        (
            "inputgrad/images/blurring.py",
            of("saliency")
            | of("class_visualization", "decisive_regions")
            | of("class_visualization", "robustness"),
        ),
        ("inputgrad/saliency/measures/stability.py", of("saliency", "stability")),
        ("inputgrad/adversarial/measures/control.py", of("adversarial", "control")),
        ("inputgrad/class_visualization/measures/scores.py", of("class_visualization", "scores")),
        # a judgement, what all of them use
        ("inputgrad/judgements/transfer.py", of("transfer")),
        ("inputgrad/judgements/recognition.py", of("recognition")),
        (
            "inputgrad/images/resizing.py",
            of("transfer")
            | of("recognition")
            | of("likeness")
            | of("class_visualization", "robustness"),
        ),
        # what decides where and when, never how much
        ("attack_images.py", set()),
        ("train_attacks.py", set()),
        ("gather_statistics.py", set()),
        ("inputgrad/models/packaged.py", set()),
        ("inputgrad/registry.py", set()),
        ("inputgrad/jobs/worker.py", set()),
        ("inputgrad/jobs/judging.py", set()),
        ("inputgrad/jobs/open_cells.py", set()),
        ("inputgrad/jobs/logs.py", set()),
        ("inputgrad/cells/plan.py", set()),
        ("inputgrad/cells/store.py", set()),
        ("inputgrad/tables/schema.py", set()),
        ("inputgrad/config/schema.py", set()),
        ("inputgrad/report/render.py", set()),
        ("inputgrad/statistics/rates.py", set()),
    ],
)
def test_code_changed(copies: Path, before: dict[str, str], file: str, expected: set[str]) -> None:
    path = copies / "scripts" / file
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text + CODE, encoding="utf-8")
        assert changed(copies, before) == expected
    finally:
        path.write_text(text, encoding="utf-8")


def test_nothing_but_numbers_counts(copies: Path, before: dict[str, str]) -> None:
    """Comments, docstrings, descriptions, columns, log lines and line breaks, all at once."""
    files = {path: path.read_text(encoding="utf-8") for path in copies.rglob("scripts/**/*.py")}
    assert files
    try:
        for path, text in files.items():
            edited = text.replace('description="', 'description="Now: ').replace("\n\n\n", "\n\n")
            edited = edited.replace("stored after %.1f s", "stored in %.2f s")
            edited = edited.replace('meaning="', 'meaning="Now: ').replace('unit="', 'unit="about ')
            edited = edited.replace('"""', '"""Now: ', 1) + "\n# the end\n"
            path.write_text(edited, encoding="utf-8")
        assert changed(copies, before) == set()
    finally:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")


def test_wider_ranges_of_settings_compute_nothing(copies: Path, before: dict[str, str]) -> None:
    """The values of the settings are in the recipe; what else would be allowed is not."""
    path = copies / "scripts/inputgrad/adversarial/attacks/gradient_ascent.py"
    text = path.read_text(encoding="utf-8")
    assert "le=100" in text
    try:
        path.write_text(text.replace("le=100", "le=200"), encoding="utf-8")
        assert changed(copies, before) == set()
    finally:
        path.write_text(text, encoding="utf-8")


def test_a_sibling_method_added(copies: Path, before: dict[str, str]) -> None:
    path = copies / "scripts/inputgrad/registry.py"
    text = path.read_text(encoding="utf-8")
    line = '"gradient": "inputgrad.saliency.methods.gradient",'
    own = copies / "scripts/inputgrad/saliency/methods/gradient.py"
    sibling = own.with_name("twin.py")
    try:
        path.write_text(text.replace(line, line + ' "twin": "inputgrad.saliency.methods.twin",'))
        shutil.copy(own, sibling)
        assert changed(copies, before) == set()
    finally:
        path.write_text(text, encoding="utf-8")
        sibling.unlink(missing_ok=True)
