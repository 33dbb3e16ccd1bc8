"""Question 1: saliency maps, shown and explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.codes import Reached
from inputgrad.report.summaries.controls import AgainstControl, MethodRow, Runs, method_rows
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.map_checks import JUDGED, Outcome
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import DIRECTIONS, Verdict

FAITHFULNESS = "single_deletion"


@dataclass(frozen=True, slots=True)
class AboveControl:
    """How many of the methods that were compared with a control in a model are above it."""

    model: str
    above: int
    n: int  # methods
    pointing: SaliencyRow | None = None  # a method whose maps find the right photograph of a mosaic

    @property
    def reached(self) -> Reached:
        """Whether that is none, some or all of them."""
        if not self.n:
            return Reached.NOT_MEASURED
        return {0: Reached.NONE, self.n: Reached.ALL}.get(self.above, Reached.SOME)


@dataclass(frozen=True, slots=True)
class Answer:
    """How concentrated the maps are, by model, and what they are worth beside controls."""

    rows: tuple[SaliencyRow, ...]
    methods: tuple[MethodRow, ...]
    pointing: Mapping[str, SaliencyRow]  # model -> the method that finds most in a mosaic, if any

    @property
    def lead(self) -> AgainstControl | None:
        """The main run in the first model beside the strongest control there."""
        if not self.rows:
            return None
        main = self.rows[0]
        found = (m.against.get(main.model) for m in self.methods if m.run == main.run)
        return next(found, None)

    @property
    def key(self) -> KeyNumber | None:
        """Single deletion of the main run in the first model, else how concentrated it is."""
        if not self.rows:
            return None
        row, lead = self.rows[0], self.lead
        settled = lead is None or lead.result.verdict in DIRECTIONS
        return first_measured(
            KeyNumber(FAITHFULNESS, row.model, row[FAITHFULNESS], settled),
            KeyNumber("half_mass_share", row.model, row["half_mass_share"]),
        )

    @property
    def lead_standing(self) -> AboveControl:
        """How many methods are above the strongest control in the first model."""
        return self._above_control(self.rows[0].model)

    @property
    def others(self) -> tuple[AboveControl, ...]:
        """How many methods are above the strongest control in each further model."""
        lead = self.lead
        models = self.models if lead is None else [m for m in self.models if m != lead.row.model]
        return tuple(self._above_control(model) for model in models)

    @property
    def models(self) -> tuple[str, ...]:
        """Models in which a method was measured, in the order of the configuration."""
        return tuple(dict.fromkeys(row.model for m in self.methods for row in m.rows))

    def _above_control(self, model: str) -> AboveControl:
        verdicts = [m.against[model].result.verdict for m in self.methods if model in m.against]
        told = [verdict for verdict in verdicts if verdict is not Verdict.TOO_FEW]
        above = told.count(Verdict.HIGHER)
        return AboveControl(model, above, len(told), self.pointing.get(model))


def answer(evidence: Evidence) -> Answer:
    """Concentration of the maps in every model, and single deletion of every method."""
    runs = evidence.saliency_runs
    return Answer(evidence.saliency, method_rows(runs, FAITHFULNESS), _pointing(runs))


def _pointing(runs: Runs) -> dict[str, SaliencyRow]:
    """Model -> of the methods that pass the check in mosaics the one with the largest share."""
    measure, passes = JUDGED["grid"]
    rows = [row for found in runs.values() for row in found if not row.is_control]
    passing = [row for row in rows if passes(row[measure]) is Outcome.PASSES]
    passing.sort(key=lambda row: row[measure].estimate or 0.0)
    return {row.model: row for row in passing}
