"""Question 7: limits of the attack, and its alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.codes import Extent, Occurrence, extent, occurrence
from inputgrad.report.summaries.comparisons import Column, correlate
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.trained_attacks import TrainedRow, trained_rows
from inputgrad.statistics.estimates import Comparison


@dataclass(frozen=True, slots=True)
class Answer:
    """Effect of the step size by model, and of the photograph's contrast on the iterations needed.

    `content` correlates contrast and iterations; it belongs to no family of primary measures.
    `trained` are the attacks that were trained, before photographs that they never saw.
    """

    rows: tuple[AttackRow, ...]
    sweeps: Mapping[str, tuple[AttackRow, ...]]
    content: Mapping[str, Comparison]
    trained: tuple[TrainedRow, ...]

    @property
    def extents(self) -> Mapping[str, Extent]:
        """How many step sizes each model has."""
        return {model: extent(rows) for model, rows in self.sweeps.items()}

    @property
    def zero_gradient_steps(self) -> int:
        """Iterations, of all models together, at which the target's gradient was exactly zero."""
        return sum(row.zero_gradient_steps for row in self.rows)

    @property
    def zero_gradient_photographs(self) -> int:
        """Attacks, of all models together, with such an iteration."""
        return sum(row.zero_gradient_photographs for row in self.rows)

    @property
    def zeros(self) -> Occurrence:
        """Whether there was any such iteration."""
        return occurrence(self.zero_gradient_steps)


def answer(evidence: Evidence) -> Answer:
    """What the attack depends on in every model."""
    rows = evidence.attacks
    content = {row.model: _content(row) for row in rows}
    return Answer(rows, evidence.sweeps, content, trained_rows(evidence.data))


def _content(row: AttackRow) -> Comparison:
    contrast: Column = {p.image_id: p.contrast for p in row.points if p.contrast is not None}
    needed: Column = {p.image_id: p.iterations for p in row.points if p.iterations is not None}
    return correlate(contrast, needed)
