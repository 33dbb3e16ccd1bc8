"""Numbers and names as short strings that fit where a figure puts them."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from inputgrad.report.figures.style import SMALL, STYLE
from inputgrad.statistics.estimates import Estimate


def percent(share: float | None, labels: Mapping[str, str]) -> str:
    """A share in [0, 1] as a percentage that never rounds to certainty; a dash for none."""
    if share is None or share != share:
        return "–"
    if 0.0 < share < 0.01:
        return labels["percent_below"]
    if 0.99 < share < 1.0:
        return labels["percent_above"]
    return labels["percent"].format(100.0 * share)


def probability_words(probability: float, labels: Mapping[str, str]) -> str:
    """'probability 98%'."""
    return labels["probability"].format(percent(probability, labels))


def short(value: float) -> str:
    """A measure with about two digits that matter."""
    return f"{value:.0f}" if abs(value) >= 20.0 else f"{value:.2f}"


def median_words(estimate: Estimate, labels: Mapping[str, str]) -> str:
    """'median 0.31, n = 20'."""
    if estimate.estimate is None:
        return labels["median_none"]
    return labels["median_n"].format(short(estimate.estimate), estimate.n)


@functools.cache
def text_width(text: str, size: float = SMALL) -> float:
    """Width in inches of one line of text at ``size`` points."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=STYLE["font.family"], size=size)
    return float(TextPath((0, 0), text, prop=font).get_extents().width) / 72.0


def wrapped(text: str, width: float, *, size: float = SMALL, lines: int) -> list[str]:
    """Lines of ``text`` that fit ``width`` inches; what is left after ``lines`` becomes '…'."""
    filled = [""]
    for word in text.split(" "):
        longer = f"{filled[-1]} {word}".strip()
        if filled[-1] and text_width(longer, size) > width:
            filled.append(word)
        else:
            filled[-1] = longer
    kept = filled[:lines]
    if len(filled) > lines:
        kept[-1] += "…"
    return [_shortened(line, width, size) for line in kept if line]


def _shortened(line: str, width: float, size: float) -> str:
    if text_width(line, size) <= width:
        return line
    kept = line.rstrip("…")
    while len(kept) > 1 and text_width(f"{kept}…", size) > width:
        kept = kept[:-1].rstrip()
    return f"{kept}…"
