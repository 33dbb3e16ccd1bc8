"""Lets the engine run on a GPU machine without pydantic.

The engine's methods declare their settings with it; the benchmark's own settings are known to be
valid, so a class that holds what it is given, and defaults beside it, is all that is needed there.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


class BaseModel:
    """Holds values by name and checks nothing; what is not given has its default."""

    def __init__(self, **given: Any) -> None:
        vars(self).update(given)


class ValidationError(Exception):
    """Never raised: nothing is checked."""


def provide_pydantic() -> None:
    """Put the stand-in where pydantic would be, if it is not installed."""
    if importlib.util.find_spec("pydantic") is None:
        module = ModuleType("pydantic")
        names = {"BaseModel": BaseModel, "ValidationError": ValidationError, "Field": _default}
        vars(module).update(names, AfterValidator=_nothing, ConfigDict=_nothing)
        sys.modules["pydantic"] = module


def _default(default: Any = None, **_: Any) -> Any:
    return default


def _nothing(*_: Any, **__: Any) -> None:
    return None
