"""What other networks say of a class visualisation, as the caption under its picture."""

from __future__ import annotations

from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.named import named
from inputgrad.report.summaries.summary import Summary
from inputgrad.report.summaries.visualization import Ascent


def verdict(ascent: Ascent, summary: Summary, words: Words) -> str:
    """Its probability in the network that drew it, and how many others name the class."""
    found = named(summary.recognitions, ascent)
    if found is None:
        return words.probability(ascent.last.probability)
    own = words.percent(ascent.last.probability)
    return words["named"].format(own, found.count, found.judges)
