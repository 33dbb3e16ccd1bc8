"""What a settings class may be made of, and how it is read without importing its module.

A method's or measure's module declares `class Parameters(Settings)` and `COLUMNS`. Building the
DAG must know names, defaults, ranges and columns but must never import torch, so that one statement
is compiled out of the module's source. In scope are the names of this module, `Column`, and what
the statement itself uses of the module's other imports from this library (such as a base class
that several methods share); those modules must be light.
"""

from __future__ import annotations

import ast
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from inputgrad.errors import ConfigError, unknown
from inputgrad.tables.columns import Column

__all__ = [
    "Annotated",
    "Any",
    "Distinct",
    "Field",
    "Literal",
    "RunName",
    "SaliencyRun",
    "Settings",
]


SHOWN = 60  # characters of a wrong value

Value = TypeVar("Value")
PathOrText = TypeVar("PathOrText", Path, str)


class Settings(BaseModel):
    """Base of every part of the configuration: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        allow_inf_nan=False,
        coerce_numbers_to_str=True,  # a title may be 2026, a hash may have no letters
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false, which pydantic takes for 1 and 0, where no switch is meant."""
        kind = cls.model_fields[info.field_name or ""].annotation
        inner = get_args(kind)
        numbers = any(getattr(one, "__origin__", one) in (int, float) for one in inner)
        parts = value if isinstance(value, list) and numbers else [value]
        if any(isinstance(part, bool) for part in parts) and bool not in (kind, *inner):
            raise ValueError("true and false are for switches, and this is none")
        return value


def distinct(values: list[Value]) -> list[Value]:
    """The values; ValueError where one of them is there twice."""
    for position, value in enumerate(values):
        if value in values[:position]:
            raise ValueError(f"{_short(value)} is there twice; name each value once")
    return values


def from_home(path: PathOrText) -> PathOrText:
    """The path, with the home folder in place of a `~` or `~name` that it begins with."""
    if not str(path).startswith("~"):
        return path
    try:
        return type(path)(Path(path).expanduser())
    except RuntimeError:
        raise ValueError(f"{path}: there is no such home folder") from None


LocalPath = Annotated[Path, AfterValidator(from_home)]
Distinct = AfterValidator(distinct)


@dataclass(frozen=True)
class _NamesRun:
    """Marks a parameter as the name of a run: of another technique, or (None) of the same."""

    technique: str | None = None


# of a measure's parameter: what that run made of the same item is an input of the measure; a field
# with `json_schema_extra={"method": name}` takes runs of that method alone
RunName = Annotated[str, _NamesRun()]
# of a method's parameter: the map that this run makes of the same photograph is given to the method
SaliencyRun = Annotated[str, _NamesRun("saliency")]


def named_runs(parameters: Settings) -> dict[str, str]:
    """Parameter -> the run that it names, for those of the type `RunName`."""
    return {key: name for key, (technique, name) in _named(parameters).items() if technique is None}


def runs_elsewhere(parameters: Settings) -> dict[str, tuple[str, str]]:
    """Parameter -> (technique, run) that it names, for those that name a run of another one."""
    named = _named(parameters).items()
    return {key: (technique, name) for key, (technique, name) in named if technique is not None}


def _named(parameters: Settings) -> dict[str, tuple[str | None, str]]:
    return {
        key: (mark.technique, getattr(parameters, key))
        for key, field in type(parameters).model_fields.items()
        for mark in field.metadata
        if isinstance(mark, _NamesRun)
    }


def method_of_run(parameters: Settings, name: str) -> str | None:
    """The method that the run named by a parameter must have; None where any will do."""
    extra = type(parameters).model_fields[name].json_schema_extra
    return str(extra["method"]) if isinstance(extra, dict) and "method" in extra else None


def read_parameters(source: Path) -> type[Settings]:
    """The class `Parameters` of a method's or measure's module, compiled alone from its source."""
    tree = _tree(source)
    found = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Parameters"]
    if not found:
        raise ConfigError(
            f"{source.name}: a method's module must declare `class Parameters(Settings)`"
        )
    scope = _evaluated(found[0], tree, source)
    parameters: type[Settings] = scope["Parameters"]
    parameters.model_rebuild(_types_namespace=scope)  # annotations are resolved where it was run
    return parameters


def read_columns(source: Path) -> tuple[Column, ...] | None:
    """The tuple `COLUMNS` of a module, compiled alone from its source; None where it has none."""
    tree = _tree(source)
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(t, ast.Name) and t.id == "COLUMNS" for t in targets):
            return tuple(_evaluated(node, tree, source)["COLUMNS"])
    return None


def read_constant(source: Path, name: str) -> Any:
    """The literal value of a module's constant, read from its source; None where it has none."""
    for node in _tree(source).body:
        if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
            return ast.literal_eval(node.value)
    return None


def _tree(source: Path) -> ast.Module:
    return ast.parse(source.read_text(encoding="utf-8"), filename=str(source))


def _evaluated(statement: ast.stmt, tree: ast.Module, source: Path) -> dict[str, Any]:
    """The names after one statement of a module has run alone, with what it imports and uses.

    ConfigError where it uses what is neither imported from this library nor a literal constant.
    """
    scope: dict[str, Any] = {name: globals()[name] for name in __all__}
    scope |= {"Column": Column, "__name__": __name__}
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} - scope.keys()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("inputgrad."):
            for alias in node.names:
                if (alias.asname or alias.name) in used:
                    module = importlib.import_module(str(node.module))
                    scope[alias.asname or alias.name] = getattr(module, alias.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            scope |= dict.fromkeys(used & set(names), node.value.value)
    try:
        exec(compile(ast.Module([statement], []), str(source), "exec"), scope)
    except (NameError, TypeError) as error:
        raise ConfigError(
            f"{source.name}, line {statement.lineno}: {error}; settings and columns are read "
            "alone, so they may use constants and light modules of this library only"
        ) from None
    return scope


def explain(error: ValidationError, settings: type[BaseModel], *, where: str) -> list[str]:
    """One line per fault of a configuration: the key, what came, and what is valid."""
    lines = []
    for fault in error.errors():
        path = [str(part) for part in fault["loc"]]
        key = ".".join([where, *path]) if where else ".".join(path)
        lines.append(f"{key}: {_message(fault, settings, path)}")
    return lines


def _message(fault: Any, settings: type[BaseModel], path: list[str]) -> str:
    """What is wrong with one key, in words."""
    kind, came = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        return unknown("key", path[-1], _valid_keys(settings, path[:-1]))
    if kind == "missing":
        return "is missing; it has no default"
    if kind == "literal_error":
        return unknown(
            "value", str(came), re.findall(r"[^', ]+(?=')|\d+", fault["ctx"]["expected"])
        )
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    words = fault["msg"].replace("Input should be", "expected").replace("String should", "should")
    return f"{words}; came {_short(came)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _valid_keys(settings: type[BaseModel], path: list[str]) -> list[str]:
    """Keys that are valid at `path`, walking nested settings, lists and mappings."""
    current: type[BaseModel] | None = settings
    for part in path:
        if current is None:
            return []
        fields = {f.alias or n: f.annotation for n, f in current.model_fields.items()}
        if part in fields:
            current = _inner(fields[part])
    return [f.alias or n for n, f in current.model_fields.items()] if current else []


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The settings class inside an annotation such as `dict[str, Model]` or `list[Source]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner(argument)) is not None:
            return found
    return None
