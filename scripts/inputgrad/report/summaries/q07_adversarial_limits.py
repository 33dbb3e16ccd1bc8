"""Question 7: limits of the attack, and its alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow, sweep_rows
from inputgrad.report.summaries.comparisons import correlate
from inputgrad.report.summaries.data import Data, by_key
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.statistics.estimates import Comparison


@dataclass(frozen=True, slots=True)
class Answer:
    """Effect of the step size by model, and of the photograph's contrast on the steps needed.

    `content` correlates contrast and iterations; it belongs to no family of primary measures.
    """

    rows: tuple[AttackRow, ...]
    sweeps: Mapping[str, tuple[AttackRow, ...]]
    content: Mapping[str, Comparison]


def answer(evidence: Evidence) -> Answer:
    """What the attack depends on in every model."""
    rows, data = evidence.attacks, evidence.data
    return Answer(
        rows,
        {row.model: sweep_rows(data, row.model) for row in rows},
        {row.model: _content(data, row.model) for row in rows},
    )


def _content(data: Data, model: str) -> Comparison:
    contrast = by_key(data.of_model("predictions", model), "image_id", "contrast")
    return correlate(contrast, by_key(data.main("adversarial", model), "image_id", "iterations"))
