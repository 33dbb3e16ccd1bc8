"""What a figure's module returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from matplotlib.figure import Figure

from inputgrad.statistics.estimates import Estimate

Fact: TypeAlias = "float | int | str | list[Fact] | Mapping[str, Fact] | None"


@dataclass(frozen=True)
class Drawing:
    """A figure and the numbers from which its alternative text and caption are made.

    Attributes:
        figure: not yet rendered; its size is in inches.
        n: photographs (or classes, where the figure shows classes) in the figure.
        facts: numbers by name, nested by model or measure, and names of measures; no words.
        format: ``svg`` for charts, ``jpg`` for grids of pictures (a third of the size of PNG, with
            full colour resolution), ``png`` where the pixels themselves are the subject.
    """

    figure: Figure
    n: int
    facts: Mapping[str, Fact]
    format: Literal["svg", "png", "jpg"] = "svg"


def facts_of(estimate: Estimate) -> dict[str, Fact]:
    """An estimate, its interval and its n as plain numbers."""
    return {
        "estimate": estimate.estimate,
        "low": estimate.low,
        "high": estimate.high,
        "n": estimate.n,
    }
