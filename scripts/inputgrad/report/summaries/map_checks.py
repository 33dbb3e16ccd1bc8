"""Which saliency methods pass which check: one code for each run, model and check.

A check asks whether a map could be what it is taken for. Its code follows the interval of the
median, never the median alone, and limits that are declared here with their reason; a check that
compares with controls follows the adjusted test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from inputgrad.report.summaries.controls import Runs, method_rows
from inputgrad.report.summaries.saliency import SaliencyRow
from inputgrad.statistics.estimates import Comparison, Estimate, State, Verdict

STABLE_ABOVE = 0.7  # rank correlation: half of the ranks' variance is shared (0.7 squared)
CLASS_MATTERS_ABOVE = 0.1  # 1 - rank correlation: two classes share less than 0.81 of the variance
CHANCE = 0.25  # of four photographs
CHANCE_MARGIN = 0.01  # a share this near to chance is practically chance
COMPLETE_UP_TO = 0.05  # error as a share of what is to be explained


class Outcome(StrEnum):
    """What a check says of a method."""

    PASSES = "passes"
    FAILS = "fails"
    UNCLEAR = "unclear"  # the interval has the limit inside, or there are too few photographs
    NOT_SHOWN = "not_shown"  # insensitivity was looked for and not found, which proves nothing
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Cell:
    """The outcome of one check for one run in one model, and the number behind it."""

    check: str
    measure: str
    outcome: Outcome
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run in one model under every check that was made of any run."""

    row: SaliencyRow
    cells: tuple[Cell, ...]

    @property
    def made(self) -> int:
        """How many of the checks were made of the run."""
        return sum(cell.outcome != Outcome.NOT_MEASURED for cell in self.cells)


def exceeds(limit: float) -> Callable[[Estimate], Outcome]:
    """Pass where the whole interval is above a limit, fail where none of it is."""

    def judge(estimate: Estimate) -> Outcome:
        if estimate.state != State.MEASURED:
            return Outcome.NOT_MEASURED
        if estimate.low is not None and estimate.low > limit:
            return Outcome.PASSES
        high = estimate.high
        return Outcome.FAILS if high is not None and high <= limit else Outcome.UNCLEAR

    return judge


def at_most(limit: float) -> Callable[[Estimate], Outcome]:
    """Pass where the whole interval is at or below a limit, fail where it is above."""

    def judge(estimate: Estimate) -> Outcome:
        if estimate.state != State.MEASURED:
            return Outcome.NOT_MEASURED
        if estimate.high is not None and estimate.high <= limit:
            return Outcome.PASSES
        low = estimate.low
        return Outcome.FAILS if low is not None and low > limit else Outcome.UNCLEAR

    return judge


def insensitive(rise: Estimate, similarity: Estimate) -> Outcome:
    """Whether a map stays what it is when the weights are random.

    A rise of its entropy shows that it does not, and no more. Without one it fails where the map
    of random weights is also alike it: a coarse map can change wholly at the same entropy.
    """
    if rise.state != State.MEASURED:
        return Outcome.NOT_MEASURED
    if rise.low is not None and rise.low > 0:
        return Outcome.NOT_SHOWN
    alike = similarity.low is not None and similarity.low >= STABLE_ABOVE
    return Outcome.FAILS if alike and rise.low is not None else Outcome.UNCLEAR


JUDGED: Mapping[str, tuple[str, Callable[[Estimate], Outcome]]] = {
    "noise": ("stability_spearman", exceeds(STABLE_ABOVE)),
    "other_class": ("class_sensitivity", exceeds(CLASS_MATTERS_ABOVE)),
    "grid": ("grid_pointing", exceeds(CHANCE + CHANCE_MARGIN)),
    "completeness": ("completeness_error", at_most(COMPLETE_UP_TO)),
}
"""Check -> the measure that it looks at, and how its median is judged."""

RANDOMISED: Mapping[str, tuple[str, str]] = {
    "randomisation": ("randomisation_rise", "randomisation_spearman")
}
"""Check -> the rise of the map's entropy, and how alike the map of random weights is."""

CONTROLLED: Mapping[str, str] = {"deletion": "single_deletion"}
"""Check -> the measure in which a method must exceed the strongest control."""

CHECKS = (*CONTROLLED, *JUDGED, *RANDOMISED)


def checked_runs(runs: Runs, models: Sequence[str]) -> tuple[CheckedRun, ...]:
    """Runs of the models given, under the checks that have a value for some run of them.

    A run that fewer than half of these were made of is left out: its row would say little.
    """
    rows = [row for model in models for found in runs.values() for row in found]
    rows = [row for row in rows if row.model in models]
    made = [check for check in CHECKS if any(_state(row, check) == State.MEASURED for row in rows)]
    exceeds = {
        (check, row.run, model): found.result
        for check, measure in CONTROLLED.items()
        for row in method_rows(runs, measure)
        for model, found in row.against.items()
    }
    ordered = sorted({(row.model, row.run): row for row in rows}.values(), key=_is_control)
    checked = (
        CheckedRun(row, tuple(_cell(row, check, exceeds) for check in made)) for row in ordered
    )
    return tuple(c for c in checked if 2 * c.made >= len(c.cells))


def _is_control(row: SaliencyRow) -> bool:
    return row.is_control


def _state(row: SaliencyRow, check: str) -> State:
    return row[_measure(check)].state


def _measure(check: str) -> str:
    if check in CONTROLLED:
        return CONTROLLED[check]
    return RANDOMISED[check][0] if check in RANDOMISED else JUDGED[check][0]


def _cell(row: SaliencyRow, check: str, exceeds: Mapping[tuple[str, str, str], Comparison]) -> Cell:
    measure = _measure(check)
    estimate = row[measure]
    if check in JUDGED:
        outcome = JUDGED[check][1](estimate)
    elif check in RANDOMISED:
        outcome = insensitive(estimate, row[RANDOMISED[check][1]])
    else:
        outcome = _exceeds(exceeds.get((check, row.run, row.model)), estimate)
    return Cell(check, measure, outcome, estimate)


def _exceeds(result: Comparison | None, estimate: Estimate) -> Outcome:
    if estimate.state != State.MEASURED or result is None:
        return Outcome.NOT_MEASURED
    if result.verdict == Verdict.HIGHER:
        return Outcome.PASSES
    return Outcome.FAILS if result.verdict == Verdict.LOWER else Outcome.UNCLEAR
