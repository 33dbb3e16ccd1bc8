"""Versions of installed distributions, from their metadata alone (nothing is imported)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from inputgrad.errors import ModelError


def installed_version(distribution: str) -> str | None:
    """Version with its build label (`0.29.1+cpu`), None where the distribution is missing."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def required_version(distribution: str) -> str:
    """Version without its build label (`0.29.1`): builds of one release share their weights.

    Raises ModelError, naming what to install, where the distribution is missing.
    """
    found = installed_version(distribution)
    if found is None:
        raise ModelError(f"the package {distribution} is not installed: pip install {distribution}")
    return found.partition("+")[0]
