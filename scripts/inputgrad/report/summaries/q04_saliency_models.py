"""Question 4: the saliency maps of another network."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.codes import Extent, Standing, extent, standing_of
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.map_agreement import ModelAgreement, model_agreement
from inputgrad.report.summaries.map_depths import Depths, depths
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import DIRECTIONS


@dataclass(frozen=True, slots=True)
class Answer:
    """All measures of the maps by model, and every pair of models compared."""

    rows: tuple[SaliencyRow, ...]
    comparisons: tuple[PrimaryComparison, ...]
    tally: Tally
    agreements: tuple[ModelAgreement, ...]
    depths: tuple[Depths, ...]

    @property
    def key(self) -> KeyNumber | None:
        """Correlation of the maps of one photograph in the first two models."""
        settled = self.same_beside_other is not Standing.MEETING
        found = [
            KeyNumber("same_photograph", a.first, a.same_photograph, settled)
            for a in self.agreements
        ]
        return first_measured(*found[:1])

    @property
    def same_beside_other(self) -> Standing:
        """Maps of one photograph in two models beside those of two photographs in one."""
        if not self.agreements:
            return Standing.NOT_MEASURED
        return standing_of(self.agreements[0].beside_network)

    @property
    def established(self) -> tuple[PrimaryComparison, ...]:
        """Comparisons with a direction after adjustment."""
        return tuple(row for row in self.comparisons if row.result.verdict in DIRECTIONS)

    @property
    def extent(self) -> Extent:
        """How many networks have maps."""
        return extent(self.rows)


def answer(evidence: Evidence) -> Answer:
    """Maps of the models side by side."""
    comparisons, data = evidence.comparisons, evidence.data
    return Answer(
        evidence.saliency,
        comparisons.of("saliency"),
        comparisons.tally("saliency"),
        model_agreement(data, data.context.main_runs["saliency"]),
        depths(data.context, evidence.saliency_runs),
    )
