"""What the figures of class visualisation share: which classes have pictures."""

from __future__ import annotations

from collections.abc import Iterable

from inputgrad.report.figures.arrays import Pictures
from inputgrad.report.summaries.visualization import Ascent

MOST_CLASSES = 12


def with_pictures(ascents: Iterable[Ascent], pictures: Pictures) -> list[Ascent]:
    """Those class visualisations whose images are there."""
    return [ascent for ascent in ascents if pictures.has_snapshots(ascent)]
