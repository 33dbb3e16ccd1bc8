"""What code a result hangs on, and which libraries: read from the sources, nothing is imported.

The closure of a module is the module and everything of this library that it imports, directly or
through others. Its fingerprint is a SHA-256 over the syntax trees without docstrings, written by
`ast.unparse`: a comment, a docstring or a line break changes nothing, and neither does the Python
version (`ast.dump` would). Packages' `__init__` files hold no code, and the registry names its
modules as strings, so no method hangs on its siblings.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
PACKAGE = LIBRARY.name
# What decides which cells are computed, where they lie and what is said about them, never what
# their numbers are: a change there recomputes nothing.
ORCHESTRATION = (
    *("cells", "classes", "config", "dag", "errors", "files", "fingerprint", "jobs", "logs"),
    *("photographs", "plan", "registry", "settings"),
    *("models.specification", "models.torchvision_names", "models.versions", "models.weights_files"),
)
DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image", "cv2": "opencv-python-headless"}
NOT_NUMERICAL = frozenset({"pydantic", "snakemake", "yaml"})


def fingerprint(roots: Iterable[Path]) -> str:
    """SHA-256 over the closure of the files `roots` (step scripts and modules)."""
    running = hashlib.sha256()
    for path in _closure(roots):
        running.update(f"{_label(path)}\n{_code(path)}\n".encode())
    return running.hexdigest()


def library_versions(roots: Iterable[Path]) -> dict[str, str]:
    """Distribution -> version of every third-party library that the closure imports."""
    names = {name for path in _closure(roots) for name in _imports(path)[1]}
    distributions = {DISTRIBUTIONS.get(name, name) for name in names - NOT_NUMERICAL}
    return {name: version(name) for name in sorted(distributions)}


@cache
def version(distribution: str) -> str:
    """Installed version of a distribution, or 'absent'."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def module_file(dotted: str) -> Path | None:
    """Source file of a module of this library; None where there is none."""
    path = LIBRARY.joinpath(*dotted.split(".")[1:])
    if path.is_dir():
        return path / "__init__.py"
    path = path.with_suffix(".py")
    return path if path.is_file() else None


def _closure(roots: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    waiting = [Path(root).resolve() for root in roots]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imports(path)[0])
    return sorted(found, key=_label)


def _label(path: Path) -> str:
    """A file's name in the fingerprint: from the scripts folder on, the same on any machine."""
    scripts = LIBRARY.parent
    return path.relative_to(scripts).as_posix() if path.is_relative_to(scripts) else path.name


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _imports(path: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """(files of this library, top-level names of third-party libraries) that a file imports."""
    ours: set[Path] = set()
    theirs: set[str] = set()
    for dotted in _imported_names(_tree(path)):
        top = dotted.split(".")[0]
        if top == PACKAGE:
            file = module_file(dotted)
            if file and file.name != "__init__.py" and not _orchestrates(dotted):
                ours.add(file)
        elif top not in sys.stdlib_module_names:
            theirs.add(top)
    return tuple(sorted(ours)), tuple(sorted(theirs))


def _orchestrates(dotted: str) -> bool:
    inner = dotted.removeprefix(f"{PACKAGE}.")
    return any(inner == name or inner.startswith(f"{name}.") for name in ORCHESTRATION)


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def _code(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
