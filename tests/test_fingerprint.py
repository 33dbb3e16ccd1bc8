"""Fingerprints: what changes them and what does not, and how far they reach."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from inputgrad import registry
from inputgrad.cells import fingerprint
from inputgrad.cells.plan import WORKER
from inputgrad.config.schema import RUN_FAMILIES
from inputgrad.models import SOURCES
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


def digest(tmp_path: Path, code: str) -> str:
    path = tmp_path / f"module{len(list(tmp_path.iterdir()))}.py"
    path.write_text(code)
    return fingerprint._code_digest(path)


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
    less = fingerprint.fingerprint(root, without=["dag", "jobs", "config", "logs", "tables"])
    assert less.keys() == {"attack_images.py"}


def closure(family: str, method: str) -> set[str]:
    rule, compute = registry.STEPS[family]
    modules = [compute, registry.module_name(family, method), *SOURCES.values(), WORKER]
    roots = [SCRIPTS / f"{rule}.py", *map(registry.source_file, modules)]
    return set(fingerprint.fingerprint(roots, without=fingerprint.ORCHESTRATION))


METHODS = [(family, method) for family, known in registry.METHODS.items() for method in known]


@pytest.mark.parametrize(("family", "method"), METHODS)
def test_a_method_hangs_on_no_other_family(family: str, method: str) -> None:
    reached = closure(family, method)
    for other in set(RUN_FAMILIES) - {family}:
        assert not any(name.startswith(f"inputgrad/{other}/") for name in reached)
    rest = ("figures", "report", "statistics", "summaries", "commands")
    assert not any(name.startswith(f"inputgrad/{package}/") for name in reached for package in rest)


@pytest.mark.parametrize(("family", "method"), METHODS)
def test_a_method_hangs_on_itself_the_engine_and_the_decoder(family: str, method: str) -> None:
    own = registry.source_file(registry.module_name(family, method))
    engine = {
        "inputgrad/engine/slots.py",
        "inputgrad/jobs/worker.py",
        "inputgrad/images/decoding.py",
    }
    assert engine | {own.relative_to(SCRIPTS).as_posix()} <= closure(family, method)


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
            assert "torch" not in imports[1] or name == "machine", file


def test_packages_hold_no_code_that_a_fingerprint_would_miss() -> None:
    for path in LIBRARY.rglob("__init__.py"):
        if path.parent.name == "photographs":
            continue  # orchestration as a whole
        body = ast.parse(path.read_text(encoding="utf-8")).body
        kinds = {type(node).__name__ for node in body}
        assert kinds <= {"Expr", "ImportFrom", "AnnAssign"}, f"{path}: move code to a module"
        ours = [n for n in body if isinstance(n, ast.ImportFrom) and n.module != "__future__"]
        assert not ours, f"{path}: a package that imports its modules hides them"
