"""Saliency methods beside controls that know nothing of the network.

Each method is compared, photograph by photograph, with the strongest control: the one of the
highest median in that network. It is chosen from the same data, which only makes the comparison
harder to pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inputgrad.report.summaries.points import shared
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Comparison, State
from inputgrad.statistics.families import holm
from inputgrad.statistics.paired import paired

Runs = Mapping[str, tuple[SaliencyRow, ...]]


@dataclass(frozen=True, slots=True)
class AgainstControl:
    """A run in one model beside the strongest control there, in one measure.

    `result` is the run's shift over the control, adjusted by Holm over the runs and models that the
    measure compares.
    """

    measure: str
    row: SaliencyRow
    control: SaliencyRow
    result: Comparison


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A run in every model that has it, and what it is beside the controls, in one measure."""

    run: str
    rows: tuple[SaliencyRow, ...]
    against: Mapping[str, AgainstControl]  # by model; none of a control itself

    @property
    def method(self) -> str:
        """The run's method."""
        return self.rows[0].method

    @property
    def is_control(self) -> bool:
        """Whether the method knows nothing of the network."""
        return self.rows[0].is_control

    def of(self, model: str) -> SaliencyRow | None:
        """The run in one model, or None."""
        return next((row for row in self.rows if row.model == model), None)


def method_rows(runs: Runs, measure: str) -> tuple[MethodRow, ...]:
    """Runs in which a measure has values, methods before controls, each in the order given."""
    compared = against_controls(runs, measure)
    found = [
        MethodRow(run, rows, {c.row.model: c for c in compared if c.row.run == run})
        for run, rows in runs.items()
        if _measured(rows, measure)
    ]
    return tuple(sorted(found, key=lambda row: row.is_control))


def against_controls(runs: Runs, measure: str) -> tuple[AgainstControl, ...]:
    """Every method in every model against the strongest control there, adjusted together."""
    raw: list[AgainstControl] = []
    for row in _measured((row for rows in runs.values() for row in rows), measure):
        control = None if row.is_control else strongest_control(runs, measure, row.model)
        if control is not None:
            raw.append(AgainstControl(measure, row, control, _shift(row, control, measure)))
    adjusted = holm({str(i): one.result for i, one in enumerate(raw)}).values()
    return tuple(
        AgainstControl(measure, one.row, one.control, result)
        for one, result in zip(raw, adjusted, strict=True)
    )


def strongest_control(runs: Runs, measure: str, model: str) -> SaliencyRow | None:
    """The control with the highest median of a measure in a model; None without any."""
    rows = [row for rows in runs.values() for row in rows if row.model == model and row.is_control]
    return max(_measured(rows, measure), key=lambda r: r[measure].estimate or 0.0, default=None)


def _measured(rows: Iterable[SaliencyRow], measure: str) -> list[SaliencyRow]:
    return [row for row in rows if row[measure].state == State.MEASURED]


def _shift(row: SaliencyRow, control: SaliencyRow, measure: str) -> Comparison:
    """The method's values over the control's on the photographs that both have."""
    return paired(*shared(row.points, control.points, measure))
