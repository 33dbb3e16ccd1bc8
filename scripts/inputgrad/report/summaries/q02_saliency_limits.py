"""Question 2: what saliency maps cannot show.

How far the gradient sees is measured by the attack: were the score linear, and the other scores
still, the target would be reached after `predicted_iterations`. `reach` is the ratio of the
iterations really needed to that number.
"""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import Reach
from inputgrad.report.summaries.codes import Occurrence, occurrence
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow


@dataclass(frozen=True, slots=True)
class Answer:
    """Stability and class sensitivity of the maps, and how far the first gradient's word holds."""

    rows: tuple[SaliencyRow, ...]
    reach: tuple[Reach, ...]

    @property
    def zero_gradients(self) -> int:
        """Maps, of all models together, whose gradient was exactly zero."""
        return sum(row.zero_gradients for row in self.rows)

    @property
    def zeros(self) -> Occurrence:
        """Whether any gradient was exactly zero."""
        return occurrence(self.zero_gradients)


def answer(evidence: Evidence) -> Answer:
    """Limits of the maps in every model."""
    return Answer(evidence.saliency, evidence.reach)
