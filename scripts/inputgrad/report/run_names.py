"""What saliency runs are called in the page and in its figures.

By the title of their method; where several runs have the same one, with what tells a run from the
one that bears the method's name, as in Grad-CAM (layer middle), or with the configuration's name
where that cannot be said; by that name alone where the method has no title.
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
    found = {run: _name(run, settings, titles) for run in settings}
    clashes = Counter(found.values())
    return {
        run: name if clashes[name] == 1 else f"{titles[str(settings[run]['method'])]} ({run})"
        for run, name in found.items()
    }


def _name(run: str, settings: Mapping[str, Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    """The method's title, with what tells the run from the method's own where that is another."""
    own = settings[run]
    method = str(own["method"])
    if method not in titles:
        return run
    alone = sum(other["method"] == method for other in settings.values()) == 1
    if alone or run == method:
        return titles[method]
    usual = settings.get(method, {})
    differs = [f"{key} {value}" for key, value in own.items() if usual.get(key, value) != value]
    return f"{titles[method]} ({', '.join(differs) or run})"
