"""Question 6: what adversarial images mean for the use of networks."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.class_groups import GroupRow, class_groups
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Answer:
    """How small a change suffices, what a random one does, what survives and passes on.

    `groups`: the attacks by group of classes.
    """

    rows: tuple[AttackRow, ...]
    comparisons: tuple[PrimaryComparison, ...]
    tally: Tally
    transfers: tuple[Transfer, ...]
    groups: tuple[GroupRow, ...]

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


def answer(evidence: Evidence) -> Answer:
    """Fragility of every model, and every pair of models compared."""
    comparisons = evidence.comparisons
    return Answer(
        evidence.attacks,
        comparisons.of("adversarial"),
        comparisons.tally("adversarial"),
        evidence.transfers,
        class_groups(evidence.attacks),
    )
