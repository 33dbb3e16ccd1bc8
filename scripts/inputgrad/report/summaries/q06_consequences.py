"""Question 6: what adversarial images mean for the use of networks."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.class_groups import GroupRow, class_groups
from inputgrad.report.summaries.codes import Trend, trend
from inputgrad.report.summaries.comparisons import PrimaryComparison
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.survived import (
    NaturalRow,
    Survived,
    natural_rows,
    worst_natural,
)
from inputgrad.report.summaries.transfer import Passed, Transfer
from inputgrad.statistics.estimates import Estimate


@dataclass(frozen=True, slots=True)
class Answer:
    """How small a change suffices, what a random one does, what survives and passes on.

    `nearest`: of the first model's runs that reach the target on every photograph, and whose files
    all change the prediction, that of the smallest change.
    `groups`: the attacks by group of classes. `survived`: what is left of attacks after changes of
    the image, `natural`: changes of equal length that happen.
    """

    rows: tuple[AttackRow, ...]
    nearest: AttackRow | None
    comparisons: tuple[PrimaryComparison, ...]
    transfers: tuple[Transfer, ...]
    groups: tuple[GroupRow, ...]
    survived: tuple[Survived, ...]
    natural: tuple[NaturalRow, ...]

    @property
    def weakest_left(self) -> Survived | None:
        """The change after which fewest attacks of the main run fool the first model."""
        own = [s for s in self.survived if self.rows and _is_of(s, self.rows[0]) and s.fooled.n]
        return min(own, key=lambda s: s.fooled.estimate or 0.0, default=None)

    @property
    def worst(self) -> Estimate | None:
        """The natural change of equal length that changes most predictions of the first model."""
        return worst_natural(self.natural[0]) if self.natural else None

    @property
    def key(self) -> KeyNumber | None:
        """Share of the photographs whose prediction the attack changes, from the PNG."""
        found = (KeyNumber("changed_png", row.model, row.changed_png) for row in self.rows[:1])
        return first_measured(*found)

    @property
    def transfer(self) -> Transfer | None:
        """The main attack toward its compared targets, as it stops; None where nobody judged it."""
        return next((t for t in self.transfers if t.targeted and not t.beyond), None)

    @property
    def untargeted(self) -> Transfer | None:
        """The same without a target."""
        return next((t for t in self.transfers if not t.targeted), None)

    @property
    def driven(self) -> tuple[Transfer, ...]:
        """The same as the first, driven beyond the first fooling."""
        return tuple(t for t in self.transfers if t.beyond)

    @property
    def furthest(self) -> Driven | None:
        """How far it was driven, in the first pair of networks that was judged at both ends."""
        last = max(self.driven, key=lambda t: t.beyond, default=None)
        if self.transfer is None or last is None:
            return None
        ends = {(row.source, row.judge): row for row in last.between if row.n}
        pairs = ((row, ends.get((row.source, row.judge))) for row in self.transfer.between if row.n)
        return next((Driven(last.beyond, a, b) for a, b in pairs if b is not None), None)


@dataclass(frozen=True, slots=True)
class Driven:
    """One network's images before another, as the attack stops and so many steps beyond."""

    beyond: int
    start: Passed
    end: Passed

    @property
    def trend(self) -> Trend:
        """Where the share whose prediction changes goes."""
        return trend(self.start.changed, self.end.changed, "percent")


def _is_of(left: Survived, row: AttackRow) -> bool:
    return (left.run, left.model) == (row.run, row.model)


def _nearest(evidence: Evidence) -> AttackRow | None:
    first = next((row.model for row in evidence.attacks), None)
    every = (row for rows in evidence.attack_runs.values() for row in rows if row.model == first)
    found = [
        (row.rms_255.estimate, row)
        for row in every
        if row.rms_255.estimate is not None and row.fooled.count == row.changed_png.count == row.n
    ]
    return min(found, key=lambda one: one[0], default=(0.0, None))[1]


def answer(evidence: Evidence) -> Answer:
    """Fragility of every model, and every pair of models compared."""
    return Answer(
        evidence.attacks,
        _nearest(evidence),
        evidence.comparisons.of("adversarial"),
        evidence.transfers,
        class_groups(evidence.attacks),
        evidence.survived,
        natural_rows(evidence.data),
    )
