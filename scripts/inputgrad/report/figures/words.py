"""Numbers and names as short strings that fit where a figure puts them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from inputgrad.report.figures.style import SMALL, STYLE
from inputgrad.statistics.estimates import Estimate

SIZES = (SMALL, 9.0, 8.0, 7.0)  # points, from which `fitted` takes the first that does
TINIEST = SIZES[-1]


@dataclass(frozen=True)
class Words:
    """The words of one language: `labels` by key, and names of classes, networks and runs."""

    labels: Mapping[str, str]
    class_name: Callable[[int], str]
    networks: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        """The label of a key."""
        return self.labels[key]

    def network(self, model: str) -> str:
        """What readers call a model: its own name, where `networks` has none."""
        return self.networks.get(model, model)

    def run(self, name: str) -> str:
        """What readers call a saliency run: its own name, where `runs` has none."""
        return self.runs.get(name, name)

    def percent(self, share: float | None) -> str:
        """A share in [0, 1] as a percentage that never rounds to certainty; a dash for none."""
        if share is None:
            return "–"
        if 0.0 < share < 0.01:
            return self["percent_below"]
        if 0.99 < share < 1.0:
            return self["percent_above"]
        return self["percent"].format(100.0 * share)

    def difference(self, factor: int) -> str:
        """Title of a difference that was amplified by this factor."""
        return self["difference"] if factor == 1 else self["difference_amplified"].format(factor)

    def probability(self, probability: float | None) -> str:
        """'probability 98%'."""
        return self["probability"].format(self.percent(probability))

    def median(self, estimate: Estimate) -> str:
        """'median 0.31, n = 20'."""
        if estimate.estimate is None:
            return self["median_none"]
        return self["median_n"].format(short(estimate.estimate), estimate.n)


def short(value: float) -> str:
    """A measure with about two digits that matter."""
    return f"{value:.0f}" if abs(value) >= 20.0 else f"{value:.2f}"


@functools.cache
def text_width(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """Width in inches of one line of text at ``size`` points."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=STYLE["font.family"], size=size, weight=weight)
    return float(TextPath((0, 0), text, prop=font).get_extents().width) / 72.0


@dataclass(frozen=True)
class Fitted:
    """Lines of a text, and the points at which they fit where they go."""

    lines: list[str] = field(default_factory=list)
    size: float = SMALL

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def fitted(text: str, width: float, *, lines: int, weight: str = "normal") -> Fitted:
    """A text that must not be cut: broken, and smaller where it still does not fit.

    What fits at no size down to `TINIEST` is as small as its longest part asks for, on as many
    lines as it has then.
    """
    if not text:
        return Fitted()
    for size in SIZES:
        found = _filled(text, width, size, weight)
        if len(found) <= lines and all(text_width(line, size, weight) <= width for line in found):
            return Fitted(found, size)
    longest = max(text_width(line, TINIEST, weight) for line in found)
    return Fitted(found, TINIEST * min(1.0, width / longest))


def _filled(text: str, width: float, size: float, weight: str) -> list[str]:
    """As few lines as hold the text, broken at spaces, and at hyphens of words that are too long.

    A part that cannot be broken may be too long for its line.
    """
    filled = [""]
    for word in text.split(" "):
        whole = text_width(word, size, weight) <= width
        for place, part in enumerate([word] if whole else re.findall(r"[^-]*-|[^-]+", word)):
            longer = filled[-1] + ("" if place or not filled[-1] else " ") + part
            if filled[-1] and text_width(longer, size, weight) > width:
                filled.append(part)
            else:
                filled[-1] = longer
    return [line for line in filled if line]
