"""Q9: one class under every comparable blur (down) and shift (across)."""

from __future__ import annotations

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.figures.drawing import Drawing
from inputgrad.report.figures.settings_grid import settings_grid
from inputgrad.report.figures.words import Words
from inputgrad.report.summaries.summary import Summary


def draw(summary: Summary, pictures: Pictures, words: Words) -> Drawing | None:
    """Last images of the leading model under the restraints that the summary compares."""
    restraints = summary.restraints.get(summary.context.model_names[0])
    titles = (words["blur_value"], words["shift_value"])
    return settings_grid(
        restraints, summary, pictures, words, titles=titles, names=("blur", "shift")
    )
