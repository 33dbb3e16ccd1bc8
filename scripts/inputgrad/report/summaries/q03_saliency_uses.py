"""Question 3: what else saliency maps are good for."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.comparisons import PrimaryComparison, Tally
from inputgrad.report.summaries.controls import MethodRow, method_rows
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.guided import LEAST, RANDOM, SALIENT, GuidedRow, guided_rows
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.localisation import Localisation, localisation
from inputgrad.report.summaries.map_checks import CHANCE, CHANCE_MARGIN, Outcome, exceeds
from inputgrad.report.summaries.map_energy import EnergyRow
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.correlation import smallest_seen
from inputgrad.statistics.estimates import DIRECTIONS, Verdict

GRID = "grid_pointing"


@dataclass(frozen=True, slots=True)
class Answer:
    """Boxes found without boxes, and how gradients go with the iterations that an attack needs.

    `methods` are the runs that played the grid pointing game, with the controls.
    """

    rows: tuple[SaliencyRow, ...]
    methods: tuple[MethodRow, ...]
    robustness: tuple[PrimaryComparison, ...]
    attacks: tuple[AttackRow, ...]
    tally: Tally
    localised: Localisation
    energy: tuple[EnergyRow, ...]
    guided: tuple[GuidedRow, ...]
    chance: float = CHANCE

    @property
    def key(self) -> KeyNumber | None:
        """Share of the main run's maps in the right photograph of a mosaic, in the first model."""
        settled = self.found_in_grid is not Outcome.UNCLEAR
        found = [KeyNumber(GRID, row.model, row[GRID], settled) for row in self.rows[:1]]
        return first_measured(*found)

    @property
    def found_in_grid(self) -> Outcome:
        """Whether that share is beyond chance."""
        if not self.rows:
            return Outcome.NOT_MEASURED
        return exceeds(CHANCE + CHANCE_MARGIN)(self.rows[0][GRID])

    @property
    def best_in_grid(self) -> SaliencyRow | None:
        """The row with the largest share, of all methods and models; controls do not count."""
        rows = [row for method in self.methods if not method.is_control for row in method.rows]
        known = [row for row in rows if row[GRID].estimate is not None]
        return max(known, key=lambda row: row[GRID].estimate or 0.0, default=None)

    @property
    def established(self) -> tuple[PrimaryComparison, ...]:
        """Relations with a direction after adjustment."""
        return tuple(row for row in self.robustness if row.result.verdict in DIRECTIONS)

    @property
    def foretells_attack(self) -> bool:
        """Whether photographs with fewer predicted iterations need fewer, in the first model."""
        first = [row.model for row in self.rows[:1]]
        return any(
            row.measure == "iterations_predicted"
            and row.first in first
            and row.result.verdict is Verdict.HIGHER
            for row in self.established
        )

    @property
    def guided_random(self) -> GuidedRow | None:
        """The attack on random pixels of the model whose row comes first; None without one."""
        first = [row.row.model for row in self.guided[:1]]
        found = (r for r in self.guided if r.pixels == RANDOM and r.row.model in first)
        return next(found, None)

    @property
    def guided_ends(self) -> tuple[tuple[GuidedRow, GuidedRow], ...]:
        """Attacks on the most and on the least salient pixels, of every model that has both."""
        least = {row.row.model: row for row in self.guided if row.pixels == LEAST}
        most = (row for row in self.guided if row.pixels == SALIENT and row.row.model in least)
        return tuple((row, least[row.row.model]) for row in most)

    @property
    def smallest_seen(self) -> float | None:
        """Weakest correlation that the fewest photographs of a relation could show, unadjusted."""
        return smallest_seen(min((r.result.n for r in self.robustness), default=0))

    @property
    def models(self) -> tuple[str, ...]:
        """Models that played the grid pointing game, in the order of the configuration."""
        return tuple(dict.fromkeys(row.model for m in self.methods for row in m.rows))


def answer(evidence: Evidence) -> Answer:
    """Uses of the maps in every model."""
    comparisons = evidence.comparisons
    return Answer(
        evidence.saliency,
        method_rows(evidence.saliency_runs, GRID),
        comparisons.of("robustness"),
        evidence.attacks,
        comparisons.tally("robustness"),
        localisation(evidence.data),
        evidence.energy,
        guided_rows(evidence.attack_runs, evidence.data.context),
    )
