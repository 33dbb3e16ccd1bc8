"""What attacks are called in figures: by their method, and by what tells twins apart.

Several runs of one method are told apart by what they climb, by their step size, and by the
configuration's name where that does not do it. A method without a label is called by the run's
name as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.context import Context


def attack_names(context: Context, words: Words) -> dict[str, str]:
    """Run -> its name for readers, of every attack of the configuration."""
    settings = context.settings["adversarial"]
    climbed = {(one["method"], one.get("objective")) for one in settings.values()}
    several = {method for method, n in Counter(method for method, _ in climbed).items() if n > 1}
    titles = {
        run: _title(run, one, words, objective=one["method"] in several)
        for run, one in settings.items()
    }
    twins = Counter(titles.values())
    found = {
        run: _with_step(title, settings[run], words) if twins[title] > 1 else title
        for run, title in titles.items()
    }
    clashes = Counter(found.values())
    return {
        run: name
        if clashes[name] == 1
        else words["attack_of_run"].format(titles[run], words.run(run))
        for run, name in found.items()
    }


def _title(run: str, setting: Mapping[str, Any], words: Words, *, objective: bool) -> str:
    """The method's label, what it climbs where that is asked, and whether it is led back."""
    title = words.labels.get(f"attack_{setting['method']}")
    if title is None:
        return words.run(run)
    if objective and (climbed := words.labels.get(f"attack_{setting['objective']}")) is not None:
        title = climbed.format(title)
    return words["attack_refined"].format(title) if setting.get("refine") else title


def _with_step(title: str, setting: Mapping[str, Any], words: Words) -> str:
    if "eta" not in setting:
        return title
    return words["attack_step"].format(title, setting["eta"])
