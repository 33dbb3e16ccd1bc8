"""Lets the engine run on a GPU machine without pydantic.

The engine's methods declare their settings with it; the benchmark gives every parameter itself, so
a class that accepts the declarations is all that is needed there.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


class BaseModel:
    """Accepts a declaration and checks nothing."""


class ValidationError(Exception):
    """Never raised: nothing is checked."""


def provide_pydantic() -> None:
    """Put the stand-in where pydantic would be, if it is not installed."""
    if importlib.util.find_spec("pydantic") is None:
        module = ModuleType("pydantic")
        names = {"BaseModel": BaseModel, "ValidationError": ValidationError}
        vars(module).update(names, Field=_nothing, ConfigDict=_nothing)
        sys.modules["pydantic"] = module


def _nothing(*_: Any, **__: Any) -> None:
    return None
