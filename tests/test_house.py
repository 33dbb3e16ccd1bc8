"""The house: imports run one way, and what must stay light stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
LIBRARY = SCRIPTS / "inputgrad"
METHODS = ("saliency", "adversarial", "class_visualization")
VALUES = ("engine", "files", "hashing", "images", "judgements", "models", "photographs")
VALUES += ("places", "tables")
ORCHESTRATION = {"cells", "jobs"}
HEAVY = {"torch", "torchvision", "captum", "foolbox", "timm"}
STEPS = {path.stem for path in SCRIPTS.glob("*.py")}


def files_of(part: str) -> list[Path]:
    """Files of a module or a package of the library."""
    folder = LIBRARY / part
    found = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    assert all(file.is_file() for file in found), f"the library has no {part}"
    return found


def imports_of(path: Path) -> set[str]:
    """Dotted names that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def own(names: set[str]) -> Iterator[Path]:
    """Files of the library among imported names; `inputgrad.a.b` may be a module or in one."""
    for name in names:
        parts = name.split(".")
        for end in range(2, len(parts) + 1) if parts[0] == "inputgrad" else ():
            place = LIBRARY.joinpath(*parts[1:end])
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file():
                    yield file


def closure(files: list[Path]) -> set[Path]:
    """The files and all files of the library that they import, directly or through others."""
    found, waiting = set(files), [*files]
    while waiting:
        for file in own(imports_of(waiting.pop())):
            if file not in found:
                found.add(file)
                waiting.append(file)
    return found


def parts_of(files: set[Path]) -> set[str]:
    """Top-level modules and packages of the library."""
    return {file.relative_to(LIBRARY).parts[0].removesuffix(".py") for file in files}


def top_level(files: set[Path]) -> set[str]:
    """Top-level names of everything that files import."""
    return {name.split(".")[0] for file in files for name in imports_of(file)}


@pytest.mark.parametrize("part", METHODS)
def test_methods_import_values_and_none_of_each_other(part: str) -> None:
    reached = parts_of(closure(files_of(part)))
    assert reached & set(METHODS) == {part}
    assert reached.isdisjoint(ORCHESTRATION)
    assert "engine" in reached


@pytest.mark.parametrize("part", VALUES)
def test_values_and_tensors_import_no_method_and_no_orchestration(part: str) -> None:
    assert parts_of(closure(files_of(part))).isdisjoint({*METHODS, *ORCHESTRATION})


def test_nothing_but_themselves_imports_the_methods() -> None:
    outside = [
        path
        for path in SCRIPTS.rglob("*.py")
        if not path.is_relative_to(LIBRARY) or path.relative_to(LIBRARY).parts[0] not in METHODS
    ]
    assert len(outside) > 30
    for path in outside:
        assert parts_of(set(own(imports_of(path)))).isdisjoint(METHODS), path


@pytest.mark.parametrize("part", ["statistics", "report"])
def test_what_describes_imports_neither_torch_nor_methods(part: str) -> None:
    reached = closure(files_of(part))
    assert parts_of(reached).isdisjoint(METHODS)
    assert top_level(reached).isdisjoint(HEAVY)


def test_engine_needs_torch_alone() -> None:
    reached = closure(files_of("engine/slots"))
    assert top_level(reached) - set(sys.stdlib_module_names) == {"torch"}


def test_nothing_imports_a_step_script_and_the_library_knows_no_snakemake() -> None:
    assert len(STEPS) >= 9
    for path in SCRIPTS.rglob("*.py"):
        assert top_level({path}).isdisjoint(STEPS), path
        if path.is_relative_to(LIBRARY):
            names = {n.id for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Name)}
            assert "snakemake" not in names, path


@pytest.mark.parametrize("module", ["inputgrad.jobs.dag", "inputgrad.jobs.complete"])
def test_building_the_graph_loads_nothing_heavy(module: str) -> None:
    heavy = HEAVY | {"pandas", "matplotlib", "scipy", "skimage", "PIL", "cv2", "jinja2"}
    program = f"import sys, {module}; print(*sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_imports_are_found_where_they_hide(tmp_path: Path) -> None:
    """The tests above read sources: they must see imports of every form."""
    hidden = tmp_path / "hidden.py"
    hidden.write_text(
        "import inputgrad.saliency.explain as e\n"
        "def f():\n    from inputgrad.adversarial import attack\n    import torch.nn\n"
        "if False:\n    from inputgrad.report import figures\n"
    )
    reached = set(own(imports_of(hidden)))
    assert parts_of(reached) == {"saliency", "adversarial", "report"}
    assert LIBRARY / "adversarial" / "attack.py" in reached
    assert top_level({hidden}) == {"inputgrad", "torch"}
