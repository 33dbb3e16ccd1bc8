"""Which code a cell hangs on: identities of a copy of the scripts that is edited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pretended import photographs

ROOT = Path(__file__).resolve().parents[1]
ALL = {"predictions", "saliency", "adversarial", "class_visualization"}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photographs and a copy of the scripts to edit."""
    folder = tmp_path_factory.mktemp("code")
    shutil.copytree(
        ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
    )
    photographs(range(3), folder=folder / "photographs")
    return folder


def families_changed(folder: Path, before: dict[str, str]) -> set[str]:
    after = code_identities(folder)
    assert after.keys() == before.keys()
    return {key.split()[0] for key in after if after[key] != before[key]}


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
PROSE = '\n\n# a comment\ndef _unused() -> None:\n    """Says nothing."""\n'


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("inputgrad/class_visualization/methods/practical.py", {"class_visualization"}),
        ("inputgrad/adversarial/attacks/gradient_ascent.py", {"adversarial"}),
        ("inputgrad/images/distances.py", {"adversarial"}),
        ("inputgrad/images/maps.py", {"saliency", "class_visualization"}),
        ("attack_images.py", {"adversarial"}),
        ("inputgrad/engine/slots.py", ALL),
        ("inputgrad/jobs/worker.py", ALL),
        ("inputgrad/images/decoding.py", ALL),
        ("inputgrad/models/package.py", ALL),
        ("inputgrad/models/checkpoint.py", set()),
        ("inputgrad/registry.py", set()),
        ("inputgrad/tables/schema.py", set()),
        ("inputgrad/cells/plan.py", set()),
        ("inputgrad/report/figures/style.py", set()),
        ("inputgrad/report/render.py", set()),
        ("inputgrad/statistics/rates.py", set()),
        ("gather_statistics.py", set()),
    ],
)
def test_code_changed(copies: Path, before: dict[str, str], file: str, expected: set[str]) -> None:
    path = copies / "scripts" / file
    text = path.read_text(encoding="utf-8")
    try:
        path.write_text(text + CODE, encoding="utf-8")
        assert families_changed(copies, before) == expected
    finally:
        path.write_text(text, encoding="utf-8")


def test_prose_in_the_code_changed(copies: Path, before: dict[str, str]) -> None:
    """Comments, docstrings, descriptions of settings and line breaks, everywhere at once."""
    files = {path: path.read_text(encoding="utf-8") for path in copies.rglob("scripts/**/*.py")}
    assert files
    try:
        for path, text in files.items():
            edited = text.replace('description="', 'description="Now: ').replace("\n\n\n", "\n\n")
            edited = edited.replace('"""', '"""Now: ', 1) + "\n# the end\n"
            path.write_text(edited, encoding="utf-8")
        assert families_changed(copies, before) == set()
    finally:
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")


def test_a_sibling_method_added(copies: Path, before: dict[str, str]) -> None:
    registry = copies / "scripts/inputgrad/registry.py"
    text = registry.read_text(encoding="utf-8")
    line = '"gradient": "inputgrad.saliency.methods.gradient",'
    try:
        registry.write_text(text.replace(line, line + ' "twin": "inputgrad.saliency.twin",'))
        sibling = copies / "scripts/inputgrad/saliency/twin.py"
        shutil.copy(sibling.with_name("gradient.py"), sibling)
        assert families_changed(copies, before) == set()
    finally:
        registry.write_text(text, encoding="utf-8")
