"""What code a result depends on, and which libraries: read from the sources without an import.

The closure of a module is the module and everything of this library that it imports, directly or
through others. Its fingerprint is the SHA-256 of each file's syntax tree without docstrings and
descriptions of settings, written by `ast.unparse`: a comment, a docstring or a line break changes
nothing, and neither does the Python version (`ast.dump` would). By file, so that a change can be
named. The registries (and packages' `__init__` files, which hold nothing else) name modules as
strings, so no method depends on its siblings.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inputgrad.models.versions import installed_version
from inputgrad.places import LIBRARY, module_file

PACKAGE = LIBRARY.name
# What decides which cells are computed, where they are kept and what is said about them, never what
# their numbers are: a change there recomputes nothing.
ORCHESTRATION = (
    *("cells", "commands", "config", "errors", "files", "jobs", "photographs", "places"),
    *("registry", "report", "statistics", "tables"),
    *(f"models.{name}" for name in ("packaged", "published", "specification", "timm_names")),
    *(f"models.{name}" for name in ("torchvision_names", "torchvision_published", "versions")),
    "models.weights_files",
)
DISTRIBUTIONS = {"PIL": "pillow", "skimage": "scikit-image", "cv2": "opencv-python-headless"}
DECLARATIONS = ("inputgrad.config.settings", "inputgrad.tables.columns")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NOT_NUMERICAL = frozenset({"pydantic", "snakemake", "yaml"})


def fingerprint(roots: Iterable[Path], *, without: Iterable[str] = ()) -> dict[str, str]:
    """File -> digest of its code, for the closure of the files `roots` (scripts and modules).

    `without`: modules and packages that are left out, and what only they import.
    """
    return {_label(path): _code_digest(path) for path in _closure(roots, tuple(without))}


def library_versions(roots: Iterable[Path], *, without: Iterable[str] = ()) -> dict[str, str]:
    """Distribution -> version of every third-party library that the closure imports."""
    closure = _closure(roots, tuple(without))
    names = {name for path in closure for name in _imports(path)[1]} - NOT_NUMERICAL
    return {name: _version(name) for name in sorted(DISTRIBUTIONS.get(n, n) for n in names)}


def numeric_code(roots: Iterable[Path]) -> dict[str, str]:
    """Fingerprint of what makes numbers: without the orchestration, `Parameters` and `COLUMNS`.

    The values of the parameters are in a cell's recipe, and what columns are called or mean
    changes none of them.
    """
    return {_label(path): _code_digest(path, bare=True) for path in _closure(roots, ORCHESTRATION)}


def numeric_versions(roots: Iterable[Path]) -> dict[str, str]:
    """Versions of the libraries that make numbers."""
    return library_versions(roots, without=ORCHESTRATION)


def _version(distribution: str) -> str:
    return installed_version(distribution) or "absent"


def _closure(roots: Iterable[Path], without: tuple[str, ...]) -> list[Path]:
    found: set[Path] = set()
    waiting = [Path(root).resolve() for root in roots]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            files = _files(path)
            waiting.extend(file for name, file in files.items() if not _inside(name, without))
    return sorted((path for path in found if path.name != "__init__.py"), key=_label)


def _label(path: Path) -> str:
    """A file's name in the fingerprint: from the scripts folder on, the same on any machine."""
    scripts = LIBRARY.parent
    return path.relative_to(scripts).as_posix() if path.is_relative_to(scripts) else path.name


@cache
def _imports(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(dotted names of this library, top-level names of others) that a file imports."""
    ours: set[str] = set()
    theirs: set[str] = set()
    for dotted in _read(path).imported:
        top = dotted.split(".")[0]
        if top == PACKAGE:
            ours.add(dotted)
        elif top not in sys.stdlib_module_names:
            theirs.add(top)
    return tuple(sorted(ours)), tuple(sorted(theirs))


@cache
def _files(path: Path) -> dict[str, Path]:
    """Dotted name -> file, of what a file imports of this library."""
    found = {name: module_file(name) for name in _imports(path)[0]}
    return {name: file for name, file in found.items() if file is not None}


def _inside(dotted: str, modules: tuple[str, ...]) -> bool:
    inner = dotted.removeprefix(f"{PACKAGE}.")
    return any(inner == name or inner.startswith(f"{name}.") for name in modules)


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every statement below, those in other statements included; expressions are not entered."""
    for node in body:
        yield node
        for inner in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(node, inner, ()))


def _imported_names(statements: Iterable[ast.AST]) -> Iterator[str]:
    for node in statements:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@dataclass(frozen=True)
class _Source:
    """What is read of a file: the names that it imports, and the digests of its code."""

    imported: tuple[str, ...]
    digest: str
    bare_digest: str


def _code_digest(path: Path, *, bare: bool = False) -> str:
    """First 16 hexadecimal digits of the SHA-256 of a file's code; `bare` as in `_read`."""
    source = _read(path)
    return source.bare_digest if bare else source.digest


@cache
def _read(path: Path) -> _Source:
    """A file's code without what only people read; bare: without what it declares as well."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, filename=str(path))
    statements = list(_statements(tree.body))
    imported = tuple(_imported_names(statements))
    for node in (tree, *statements):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    if "Field(" in text:  # calls are expressions, of which there are ten times as many
        _drop_descriptions(tree)
    whole = _digest(tree)
    kept = [_without_settings(node) for node in tree.body if not _declares(node)]
    changed = kept != tree.body
    tree.body = kept
    return _Source(imported, whole, _digest(tree) if changed else whole)


def _drop_descriptions(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Field":
            node.keywords = [word for word in node.keywords if word.arg != "description"]


def _digest(tree: ast.Module) -> str:
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()[:16]


def _declares(node: ast.stmt) -> bool:
    """Whether a statement is the columns of a module, or imports what declarations are made of."""
    if isinstance(node, ast.Assign):
        return any(isinstance(t, ast.Name) and t.id == "COLUMNS" for t in node.targets)
    return isinstance(node, ast.ImportFrom) and node.module in DECLARATIONS


def _without_settings(node: ast.stmt) -> ast.stmt:
    """A class of settings without its fields, whose values are in the recipe; all else as it is."""
    if isinstance(node, ast.ClassDef):
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        if node.name == "Parameters" or "Settings" in bases:
            kept = [inner for inner in node.body if not isinstance(inner, ast.AnnAssign)]
            return ast.ClassDef(node.name, [], [], kept or [ast.Pass()], [])
    return node
