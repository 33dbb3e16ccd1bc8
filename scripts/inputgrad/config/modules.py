"""Whether the modules that the registry names offer what they must, read without importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from inputgrad import registry
from inputgrad.errors import ConfigError
from inputgrad.tables.schema import tables


@cache
def check_registry() -> None:
    """ConfigError where a module is missing or lacks a part, or two measures share a column."""
    faults = [*_faults()]
    if faults:
        raise ConfigError("\n".join(faults))
    tables()


def _faults() -> Iterator[str]:
    for technique, about in registry.TECHNIQUES.items():
        for name, module in registry.METHODS[technique].items():
            wanted = {"Parameters", about.function}
            yield from _lacks(f"the {technique} method {name!r}", module, wanted)
        for name, module in registry.MEASURES[technique].items():
            wanted = {"Parameters", "COLUMNS", "measure"}
            yield from _lacks(f"the {technique} measure {name!r}", module, wanted)
        for name, module in registry.JUDGEMENTS.get(technique, {}).items():
            wanted = {"Parameters", "COLUMNS", "judge"}
            yield from _lacks(f"the {technique} judgement {name!r}", module, wanted)
    for name, module in registry.TRAININGS.items():
        wanted = {"FEWEST", "COLUMNS", "train"}
        yield from _lacks(f"the training of {name!r}", module, wanted)


def _lacks(what: str, module: str, wanted: set[str]) -> Iterator[str]:
    try:
        lacking = sorted(wanted - _defined(registry.source_file(module)))
    except (ConfigError, SyntaxError) as error:
        yield f"{what}: {error}"
        return
    if lacking:
        yield f"{what}: the module {module} lacks {', '.join(lacking)}"


def _defined(source: Path) -> set[str]:
    """Names that a module defines at its top level."""
    found: set[str] = set()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found
