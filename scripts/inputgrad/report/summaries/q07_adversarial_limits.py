"""Question 7: limits of the attack, and its alternatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.attack_claims import ClaimRow, attack_claims
from inputgrad.report.summaries.attack_contest import Contest, leading, several
from inputgrad.report.summaries.attack_sanity import SanityRow, attack_sanity
from inputgrad.report.summaries.codes import Extent, Occurrence, Visibility, extent, occurrence
from inputgrad.report.summaries.comparisons import Column, correlate
from inputgrad.report.summaries.context import Context
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.trained_attacks import TrainedRow, trained_rows
from inputgrad.statistics.estimates import Comparison


@dataclass(frozen=True, slots=True)
class Answer:
    """Effect of the step size by model, and of the photograph's contrast on the iterations needed.

    `content` correlates contrast and iterations; it belongs to no family of primary measures.
    `contests` are attacks side by side, `claims` the practical work's own, `sanity` checks of the
    numbers.
    `trained` are the attacks that were trained, before photographs that they never saw.
    """

    rows: tuple[AttackRow, ...]
    sweeps: Mapping[str, tuple[AttackRow, ...]]
    content: Mapping[str, Comparison]
    contests: tuple[Contest, ...]
    claims: tuple[ClaimRow, ...]
    sanity: tuple[SanityRow, ...]
    trained: tuple[TrainedRow, ...]
    other_objectives: bool

    @property
    def key(self) -> KeyNumber | None:
        """How far the nearest of several attacks goes; else how often the PNG still fools."""
        contest = self.contest
        best = contest and contest.best
        nearest = KeyNumber("nearest_l2", best.model, best.l2) if best else None
        kept = (KeyNumber("success_png", row.model, row.fooled_png) for row in self.rows[:1])
        return first_measured(nearest, *kept)

    @property
    def contest(self) -> Contest | None:
        """The attacks toward the compared targets in the first network where several ran."""
        return leading(self.contests)

    @property
    def others(self) -> tuple[Contest, ...]:
        """Further contests: of other networks, and without a target."""
        return tuple(c for c in several(self.contests) if c is not self.contest)

    @property
    def elsewhere(self) -> tuple[Contest, ...]:
        """Those toward the compared targets in other networks, where some attack is nearest."""
        return tuple(c for c in self.others if c.compared and c.best is not None)

    @property
    def extents(self) -> Mapping[str, Extent]:
        """How many step sizes each model has."""
        return {model: extent(rows) for model, rows in self.sweeps.items()}

    @property
    def advised(self) -> Mapping[str, AttackRow | None]:
        """The smallest step size that loses no success, by model; None where there is none.

        That is, no success in the PNG while the change is hard to see, and none beside the other
        step sizes.
        """
        return {model: _advised(rows) for model, rows in self.sweeps.items()}

    @property
    def kept(self) -> Mapping[str, AttackRow | None]:
        """The hard to see step size whose PNG files fool most often, the smallest of equals.

        None for a model where no file was read back or no change is hard to see.
        """
        return {model: _most_kept(rows) for model, rows in self.sweeps.items()}

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
    data, rows = evidence.data, evidence.attacks
    return Answer(
        rows,
        evidence.sweeps,
        {row.model: _content(row) for row in rows},
        evidence.contests,
        attack_claims(data),
        attack_sanity(data, evidence.attack_runs, evidence.curves),
        trained_rows(data),
        _other_objectives(data.context),
    )


def _other_objectives(context: Context) -> bool:
    """Whether a run climbs something else than the bare score."""
    settings = context.settings["adversarial"].values()
    return any(run.get("objective", "logit") != "logit" for run in settings)


def _advised(rows: tuple[AttackRow, ...]) -> AttackRow | None:
    most = max(row.fooled.count for row in rows)
    good = (row for row in rows if row.fooled.count == most and row.survives_unseen)
    return next(good, None)


def _most_kept(rows: tuple[AttackRow, ...]) -> AttackRow | None:
    hidden = (row for row in rows if row.visibility is Visibility.HARD_TO_SEE)
    read = [row for row in hidden if row.fooled_png.n]
    return max(read, key=lambda row: row.fooled_png.count, default=None)


def _content(row: AttackRow) -> Comparison:
    contrast: Column = row.points.known("contrast")
    needed: Column = row.points.known("iterations")
    return correlate(contrast, needed)
