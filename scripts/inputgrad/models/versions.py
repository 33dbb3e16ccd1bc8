"""Versions of installed distributions, from their metadata alone (nothing is imported)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from inputgrad.errors import ModelError


def installed_version(distribution: str) -> str:
    """Version without its build label (`0.29.1`, not `0.29.1+cpu`): builds share their weights.

    Raises ModelError, naming what to install, where the distribution is missing.
    """
    try:
        return version(distribution).partition("+")[0]
    except PackageNotFoundError as error:
        raise ModelError(
            f"the package {distribution} is not installed: pip install {distribution}"
        ) from error
