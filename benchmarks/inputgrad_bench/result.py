"""A measured figure, what it is held against, and how both are written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Target:
    """A bound that the median should keep."""

    value: float
    at_least: bool = True

    def met(self, measured: float) -> bool:
        """Whether the measured value keeps it."""
        return measured >= self.value if self.at_least else measured <= self.value

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.value:g}"


@dataclass(frozen=True)
class Figure:
    """One key of the benchmark: its value in every repetition, for one network.

    details: what it was made of (seconds, counts, breakdown), as JSON.
    """

    key: str
    network: str
    values: Sequence[float]
    target: Target | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Everything about the figure; `spread` is (highest - lowest) / median."""
        middle = median(self.values)
        return {
            "key": self.key,
            "network": self.network,
            "repetitions": list(self.values),
            "median": middle,
            "lowest": min(self.values),
            "highest": max(self.values),
            "spread": (max(self.values) - min(self.values)) / middle if middle else None,
            "target": None if self.target is None else str(self.target),
            "met": None if self.target is None else self.target.met(middle),
            "details": dict(self.details),
        }


@dataclass(frozen=True)
class Skipped:
    """A measurement that this machine cannot make, and why."""

    key: str
    reason: str


COLUMNS = ("figure", "network", "median", "lowest", "highest", "n", "target", "met")


def table(figures: Sequence[Figure], skipped: Sequence[Skipped]) -> str:
    """The figures as text for a terminal or a Markdown file."""
    rows = [COLUMNS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, *(f"not measured: {s.key}: {s.reason}" for s in skipped)])


def _cells(figure: Figure) -> tuple[str, ...]:
    shown = figure.to_json()
    met = {None: "", True: "yes", False: "no"}[shown["met"]]
    numbers = [f"{shown[name]:.2f}" for name in ("median", "lowest", "highest")]
    count = str(len(figure.values))
    return (figure.key, figure.network, *numbers, count, shown["target"] or "", met)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)) + " |"
