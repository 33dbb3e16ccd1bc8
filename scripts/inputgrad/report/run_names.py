"""What saliency runs are called in the page and in its figures.

By the title of their method; with the configuration's name beside it where several runs have the
same one, unless that is the method's own; by that name alone where the method has no title.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


def run_names(
    settings: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]
) -> dict[str, str]:
    """Name in the configuration -> name for readers.

    settings: run -> its `method` and parameters. titles: method -> its title.
    """
    twins = Counter(str(run["method"]) for run in settings.values())
    return {name: _name(name, str(run["method"]), titles, twins) for name, run in settings.items()}


def _name(run: str, method: str, titles: Mapping[str, str], twins: Mapping[str, int]) -> str:
    if method not in titles:
        return run
    alone = twins[method] == 1 or run == method
    return titles[method] if alone else f"{titles[method]} ({run})"
