"""What iterations, step size and weight do to how rough the picture is, and to the score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Trend, trend
from inputgrad.report.summaries.visualization import VisualizationRow


@dataclass(frozen=True, slots=True)
class Lever:
    """Rows of one model by rising value of what is varied, which may be fewer than two."""

    name: str
    rows: tuple[VisualizationRow, ...]

    @property
    def roughness(self) -> Trend:
        """Where the median variation goes from the smallest value to the largest."""
        if len(self.rows) < 2:
            return Trend.NOT_MEASURED
        return trend(self.rows[0].total_variation, self.rows[-1].total_variation, "real")


@dataclass(frozen=True, slots=True)
class Levers:
    """All three of one model."""

    model: str
    all: tuple[Lever, ...]

    @property
    def by_roughness(self) -> Mapping[str, tuple[str, ...]]:
        """Code of the trend -> the names of the levers with it."""
        return {
            str(code): tuple(one.name for one in self.all if one.roughness is code)
            for code in Trend
        }


def levers(model: str, **rows: tuple[VisualizationRow, ...]) -> Levers:
    """Name of each lever = its rows."""
    return Levers(model, tuple(Lever(name, own) for name, own in rows.items()))
