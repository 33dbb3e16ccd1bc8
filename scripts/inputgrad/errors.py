"""Errors that a user can cause; each message says what was expected, what came, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputgradError(Exception):
    """Base of all: its message is shown alone, without a traceback."""


class ConfigError(InputgradError):
    """The configuration names something that does not exist, or a value out of range."""


class PhotographError(InputgradError):
    """A photograph, its label or its folder cannot be used."""


class ModelError(InputgradError):
    """A classifier or its weights cannot be loaded."""


class StoreError(InputgradError):
    """A file under results/ is missing, damaged or another one than expected."""


class SchedulerError(InputgradError):
    """A cluster's scheduler is not there, does not answer, or cannot do what is asked."""


class WorkflowBusyError(InputgradError):
    """Another process computes the same results."""


def printable(text: str) -> str:
    """One line: what no terminal should be sent (breaks, control characters) written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Message for a name that is not in a registry: the nearest valid one, then all of them."""
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"unknown {kind} {name!r}; {hint}known: {', '.join(names)}"
