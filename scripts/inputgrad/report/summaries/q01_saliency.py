"""Question 1: saliency maps, shown and explained."""

from __future__ import annotations

from dataclasses import dataclass

from inputgrad.report.summaries.codes import Reached
from inputgrad.report.summaries.controls import AgainstControl, MethodRow, method_rows
from inputgrad.report.summaries.evidence import Evidence
from inputgrad.report.summaries.key_number import KeyNumber, first_measured
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import DIRECTIONS, Verdict

FAITHFULNESS = "single_deletion"


@dataclass(frozen=True, slots=True)
class AboveControl:
    """How many of the methods that were compared with a control in a model are above it."""

    model: str
    above: int
    n: int  # methods

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
        return _above_control(self.methods, self.rows[0].model)

    @property
    def others(self) -> tuple[AboveControl, ...]:
        """How many methods are above the strongest control in each further model."""
        lead = self.lead
        models = self.models if lead is None else [m for m in self.models if m != lead.row.model]
        return tuple(_above_control(self.methods, model) for model in models)

    @property
    def models(self) -> tuple[str, ...]:
        """Models in which a method was measured, in the order of the configuration."""
        return tuple(dict.fromkeys(row.model for m in self.methods for row in m.rows))


def answer(evidence: Evidence) -> Answer:
    """Concentration of the maps in every model, and single deletion of every method."""
    return Answer(evidence.saliency, method_rows(evidence.saliency_runs, FAITHFULNESS))


def _above_control(methods: tuple[MethodRow, ...], model: str) -> AboveControl:
    verdicts = [m.against[model].result.verdict for m in methods if model in m.against]
    told = [verdict for verdict in verdicts if verdict is not Verdict.TOO_FEW]
    return AboveControl(model, told.count(Verdict.HIGHER), len(told))
