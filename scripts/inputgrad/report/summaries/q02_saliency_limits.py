"""Question 2: what saliency maps cannot show.

How far the gradient sees is measured by the attack: were the score linear, and the other scores
still, the target would be reached after `predicted_iterations`. `reach` is the ratio of the
iterations really needed to that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import Reach
from inputgrad.report.summaries.codes import (
    Occurrence,
    Standing,
    Visibility,
    occurrence,
    standing,
    visibility_of,
)
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.map_agreement import ClassAgreement, class_agreement
from inputgrad.report.summaries.map_changes import Moves, moves_of
from inputgrad.report.summaries.map_checks import (
    CHANCE_MARGIN,
    CLASS_MATTERS_ABOVE,
    STABLE_ABOVE,
    CheckedRun,
    Outcome,
    checked_runs,
)
from inputgrad.report.summaries.measure_agreement import MeasureAgreement, measure_agreement
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import DIRECTIONS, State

STABILITY = "stability_spearman"


@dataclass(frozen=True, slots=True)
class Answer:
    """Stability and class sensitivity of the maps, and how far the first gradient's word holds.

    `moves`: class asked for -> what moves the maps of the first model more, noise or that class;
    `moves_elsewhere`: of the second one.
    `checked` are the runs of the first model under every check, where there are several runs, and
    `interacting` the rows for which it was measured what pairs of cells do only together. `ranking`
    is how the measures rank the methods in the first model.
    """

    rows: tuple[SaliencyRow, ...]
    reach: tuple[Reach, ...]
    checked: tuple[CheckedRun, ...]
    same_class: tuple[ClassAgreement, ...]
    interacting: tuple[SaliencyRow, ...]
    moves: Mapping[str, Moves]
    moves_elsewhere: Mapping[str, Moves]
    ranking: MeasureAgreement | None
    noise_sd: float

    @property
    def lead_moves(self) -> Moves | None:
        """The class beside which noise is told apart; without such a one, any other class."""
        told = (moves for moves in self.moves.values() if moves.result.verdict in DIRECTIONS)
        return next(told, self.moves.get("other_class"))

    @property
    def key(self) -> KeyNumber | None:
        """What noise leaves of a map, in the first model where that was measured."""
        lead = self.lead_moves
        settled = lead is None or lead.result.verdict in DIRECTIONS
        found = (KeyNumber(STABILITY, row.model, row[STABILITY], settled) for row in self.rows)
        return first_measured(*found)

    @property
    def far_beside_near(self) -> Mapping[str, Standing]:
        """Model -> the part that distant cells cost only together, beside that of neighbours."""
        return {
            row.model: standing(row["interaction_far"], row["interaction_near"])
            for row in self.interacting
        }

    @property
    def lost(self) -> Mapping[str, Occurrence]:
        """Model -> whether photographs have no map under noise to compare theirs with."""
        return {row.model: occurrence(row.n - row[STABILITY].n) for row in self.rows}

    @property
    def noise(self) -> Visibility:
        """How visible the noise is that the maps are tried with, by the limits for changes."""
        return visibility_of(255.0 * self.noise_sd)

    @property
    def limits(self) -> Mapping[str, float]:
        """Check -> the limit that decides it; of the grid, how far beyond chance."""
        return {"noise": STABLE_ABOVE, "other_class": CLASS_MATTERS_ABOVE, "grid": CHANCE_MARGIN}

    @property
    def photographs(self) -> Mapping[str, tuple[int, bool]]:
        """Check -> most photographs behind its medians, and whether all methods have as many."""
        return {
            cells[0].check: (max(numbers), len(set(numbers)) == 1)
            for cells in zip(*(run.cells for run in self.checked), strict=True)
            if (numbers := [c.estimate.n for c in cells if c.outcome is not Outcome.NOT_MEASURED])
        }

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
        *_moves(evidence),
        next((r for model in lead if (r := measure_agreement(runs, model))), None),
        data.context.noise_sd,
    )


def _moves(evidence: Evidence) -> tuple[Mapping[str, Moves], Mapping[str, Moves]]:
    """Of the first two models that have any."""
    nothing: list[Mapping[str, Moves]] = [{}, {}]
    found = [moves for row in evidence.saliency if (moves := moves_of(row))]
    first, second, *_ = [*found, *nothing]
    return first, second
