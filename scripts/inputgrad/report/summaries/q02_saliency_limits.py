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
from inputgrad.report.summaries.map_agreement import ClassAgreement, class_agreement
from inputgrad.report.summaries.map_checks import CheckedRun, checked_runs
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Comparison, Estimate, State
from inputgrad.statistics.medians import median
from inputgrad.statistics.paired import paired


@dataclass(frozen=True, slots=True)
class Moves:
    """What moves the maps of one model more: faint noise, or asking for another class.

    Both are rank correlations with the unmoved map; `result` compares the first with the second,
    photograph by photograph, so `lower` means that noise leaves less of the map.
    """

    model: str
    noise: Estimate
    other_class: Estimate
    result: Comparison


@dataclass(frozen=True, slots=True)
class Answer:
    """Stability and class sensitivity of the maps, and how far the first gradient's word holds.

    `checked` are the runs of the first model under every check, where there are several runs, and
    `interacting` the rows for which it was measured what pairs of cells do only together.
    """

    rows: tuple[SaliencyRow, ...]
    reach: tuple[Reach, ...]
    checked: tuple[CheckedRun, ...]
    same_class: tuple[ClassAgreement, ...]
    interacting: tuple[SaliencyRow, ...]
    moves: Moves | None

    @property
    def zero_gradients(self) -> int:
        """Maps, of all models together, whose gradient was exactly zero."""
        return sum(row.zero_gradients for row in self.rows)

    @property
    def zeros(self) -> Occurrence:
        """Whether any gradient was exactly zero."""
        return occurrence(self.zero_gradients)


def moves_of(row: SaliencyRow) -> Moves | None:
    """What moves the maps of a row; None where one of both was not measured."""
    noise = row.values("stability_spearman")
    asked = {i: 1.0 - value for i, value in row.values("class_sensitivity").items()}
    shared = sorted(noise.keys() & asked.keys())
    if not shared:
        return None
    first, second = [noise[i] for i in shared], [asked[i] for i in shared]
    return Moves(row.model, median(first), median(second), paired(first, second))


def answer(evidence: Evidence) -> Answer:
    """Limits of the maps in every model."""
    data, runs = evidence.data, evidence.saliency_runs
    lead = [row.model for row in evidence.saliency[:1]]
    return Answer(
        evidence.saliency,
        evidence.reach,
        checked_runs(runs, lead) if len(runs) > 1 else (),
        class_agreement(data, data.context.main_runs["saliency"]),
        tuple(
            row
            for rows in runs.values()
            for row in rows
            if row["interaction_far"].state == State.MEASURED
        ),
        next((found for row in evidence.saliency if (found := moves_of(row))), None),
    )
