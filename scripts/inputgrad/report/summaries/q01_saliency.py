"""Question 1: saliency maps, shown and explained."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.controls import AgainstControl, MethodRow, method_rows
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.saliency import SaliencyRow

FAITHFULNESS = "single_deletion"


@dataclass(frozen=True, slots=True)
class Answer:
    """How concentrated the maps are, by model, and what they are worth beside controls."""

    rows: tuple[SaliencyRow, ...]
    methods: tuple[MethodRow, ...]

    @property
    def lead(self) -> AgainstControl | None:
        """The main run in the first model beside the strongest control there."""
        if not self.rows:
            return None
        main = self.rows[0]
        found = (m.against.get(main.model) for m in self.methods if m.run == main.run)
        return next(found, None)

    @property
    def models(self) -> tuple[str, ...]:
        """Models in which a method was measured, in the order of the configuration."""
        return tuple(dict.fromkeys(row.model for m in self.methods for row in m.rows))


def answer(evidence: Evidence) -> Answer:
    """Concentration of the maps in every model, and single deletion of every method."""
    return Answer(evidence.saliency, method_rows(evidence.saliency_runs, FAITHFULNESS))
