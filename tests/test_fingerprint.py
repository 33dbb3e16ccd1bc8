"""Fingerprints: what changes them and what does not, and how far they reach."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from inputgrad import registry
from inputgrad.cells import fingerprint
from inputgrad.cells.recipes import NUMERIC_CORE
from inputgrad.config.schema import RUN_TECHNIQUES
from inputgrad.models import SOURCES
from inputgrad.models.packaged import PACKAGED
from inputgrad.places import SCRIPTS

LIBRARY = SCRIPTS / "inputgrad"
CODE = '''"""What it does."""

from inputgrad.config.settings import Field, Settings


class Parameters(Settings):
    """Its parameters."""

    eta: float = Field(1.0, gt=0, description="A step.")


def step(x: float) -> float:
    """One step."""
    return x + 1  # and no more
'''


def digest(tmp_path: Path, code: str, *, bare: bool = False) -> str:
    path = tmp_path / f"module{len(list(tmp_path.iterdir()))}.py"
    path.write_text(code)
    return fingerprint._code_digest(path, bare=bare)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("# and no more", "# never more", True),
        ("One step.", "A single\n    step.", True),
        ("What it does.", "", True),
        ('description="A step."', 'description="The step."', True),
        ("return x + 1", "return (x + 1)", True),
        ("\n\n\nclass", "\n\nclass", True),
        ("x + 1", "x + 2", False),
        ("gt=0", "gt=1", False),
        ("def step", "def stride", False),
        ('    """One step."""\n', '    "" + """One step."""\n', False),
    ],
)
def test_what_counts_as_code(tmp_path: Path, old: str, new: str, same: bool) -> None:
    assert old in CODE
    assert (digest(tmp_path, CODE) == digest(tmp_path, CODE.replace(old, new))) is same


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("gt=0", "gt=1", True),
        ("1.0, gt", "2.0, gt", True),
        ("x + 1", "x + 2", False),
        ("def step", "COLUMNS = (1, 2)\n\n\ndef step", True),
        ("def step", "COUNT = (1, 2)\n\n\ndef step", False),
        ("def step", "def twice(self):\n    return 2 * self.eta\n\n\ndef step", False),
        ('A step.")\n', 'A step.")\n\n    def twice(self):\n        return 2\n', False),
    ],
)
def test_what_counts_for_numbers(tmp_path: Path, old: str, new: str, same: bool) -> None:
    """Settings' values are in the recipe and columns only name; what computes counts."""
    assert old in CODE
    before, after = (digest(tmp_path, c, bare=True) for c in (CODE, CODE.replace(old, new)))
    assert (before == after) is same


def test_names_say_where_a_file_is_and_on_no_machine() -> None:
    found = fingerprint.fingerprint([SCRIPTS / "attack_images.py"])
    assert {
        "attack_images.py",
        "inputgrad/jobs/complete.py",
        "inputgrad/tables/schema.py",
    } <= found.keys()
    assert all(not Path(name).is_absolute() for name in found)


def test_what_is_left_out_is_left_out_with_what_only_it_imports() -> None:
    root = [SCRIPTS / "attack_images.py"]
    less = fingerprint.fingerprint(root, without=["jobs", "config", "tables"])
    assert less.keys() == {"attack_images.py"}


def closure(module: str) -> set[str]:
    loaders = {row.loader for row in PACKAGED.values()}
    modules = (module, *SOURCES.values(), *loaders, *NUMERIC_CORE)
    roots = [registry.source_file(m) for m in modules]
    return set(fingerprint.numeric_code(roots))


UNITS = [
    (table, module)
    for table in registry.TECHNIQUES
    for module in (*registry.METHODS[table].values(), *registry.MEASURES[table].values())
]


@pytest.mark.parametrize(("table", "module"), UNITS)
def test_a_unit_depends_on_itself_and_the_core_and_on_no_other_room(
    table: str, module: str
) -> None:
    reached = closure(module)
    own = registry.source_file(module).relative_to(SCRIPTS).as_posix()
    core = {"inputgrad/engine/slots.py", "inputgrad/images/decoding.py"}
    assert core | {own} <= reached
    others = {
        *RUN_TECHNIQUES,
        "cells",
        "commands",
        "config",
        "jobs",
        "report",
        "statistics",
        "tables",
    }
    for room in others - {table}:
        assert not any(name.startswith(f"inputgrad/{room}/") for name in reached), room


def test_every_library_that_decides_numbers_is_installed_and_known() -> None:
    roots = list(LIBRARY.rglob("*.py"))
    versions = fingerprint.library_versions(roots)
    optional = {"timm"}
    assert {"torch", "torchvision", "numpy", "pillow", "scipy"} <= versions.keys()
    assert {name for name, version in versions.items() if version == "absent"} <= optional


def test_orchestration_computes_nothing() -> None:
    """What recomputes nothing when it changes must not be able to change a number."""
    for name in fingerprint.ORCHESTRATION:
        path = LIBRARY.joinpath(*name.split("."))
        files = path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
        for file in files:
            assert file.is_file(), f"{name} is listed but does not exist"
            imports = fingerprint._imports(file)
            assert "torch" not in imports[1] or file.stem in ("machine", "worker", "open_cells"), (
                file
            )


def test_packages_hold_no_code_that_a_fingerprint_would_miss() -> None:
    for path in LIBRARY.rglob("__init__.py"):
        if path.parent.name == "photographs":
            continue  # orchestration as a whole
        body = ast.parse(path.read_text(encoding="utf-8")).body
        kinds = {type(node).__name__ for node in body}
        assert kinds <= {"Expr", "ImportFrom", "AnnAssign"}, f"{path}: move code to a module"
        ours = [n for n in body if isinstance(n, ast.ImportFrom) and n.module != "__future__"]
        assert not ours, f"{path}: a package that imports its modules hides them"
