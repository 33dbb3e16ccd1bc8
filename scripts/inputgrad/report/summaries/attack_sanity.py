"""Sanity checks of an evaluation, after Carlini et al. 2019, from the counts that are stored.

    bound        a larger ball fools no fewer photographs (runs that differ in their radius alone;
                 not FGSM, whose one step always goes all the way and may overshoot)
    iterations   more iterations fool no fewer; the attack stops at the first success, so this can
                 fail by a wrong count alone
    unbounded    attacks without a bound fool every photograph, taken together
    noise        noise of the perturbation's length changes the prediction less often than it does

Source: N. Carlini et al., "On evaluating adversarial robustness", 2019, sections 4.3 and 5.1.
Deviation: for `unbounded` a photograph counts that any of the attacks fools, in the contests of
`attack_contest`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from inputgrad.report.summaries.adversarial import AttackRow
from inputgrad.report.summaries.attack_contest import competing
from inputgrad.report.summaries.codes import AgainstControl
from inputgrad.report.summaries.data import Data
from inputgrad.statistics.estimates import Estimate
from inputgrad.statistics.rates import rate
from inputgrad.statistics.survival import Curve

Runs = Mapping[str, tuple[AttackRow, ...]]
Curves = Mapping[str, Curve]

RADII = ("epsilon", "epsilon_l2")
SINGLE = "fgsm"
SHOWN = 4  # iterations of a curve, at the most


class Check(StrEnum):
    """What is checked."""

    BOUND = "bound"
    ITERATIONS = "iterations"
    UNBOUNDED = "unbounded"
    NOISE = "noise"


class Sane(StrEnum):
    """Whether the numbers are as they must be."""

    PASSES = "passes"
    FAILS = "fails"
    NOT_MEASURED = "not_measured"


CONTROLLED = {
    AgainstControl.ATTACK_STRONGER: Sane.PASSES,
    AgainstControl.NO_STRONGER: Sane.FAILS,
    AgainstControl.NONE: Sane.FAILS,
    AgainstControl.NOT_MEASURED: Sane.NOT_MEASURED,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """One check in one network: (radius, iterations or name, share) in order, and the outcome."""

    check: Check
    model: str
    steps: tuple[tuple[float, Estimate], ...]
    outcome: Sane


@dataclass(frozen=True, slots=True)
class SanityRow:
    """One check in all networks that were attacked."""

    check: Check
    found: tuple[Checked, ...]


def attack_sanity(data: Data, runs: Runs, curves: Curves) -> tuple[SanityRow, ...]:
    """Every check in the networks that the main run attacked; empty where it attacked none."""
    mains = runs[data.context.main_runs["adversarial"]]
    if not mains:
        return ()
    found = [check for main in mains for check in _checks(data, runs, curves, main)]
    return tuple(SanityRow(check, tuple(o for o in found if o.check is check)) for check in Check)


def _checks(data: Data, runs: Runs, curves: Curves, main: AttackRow) -> Iterator[Checked]:
    balls = _balls(data, runs, main.model)
    yield Checked(Check.BOUND, main.model, balls, _monotone(balls))
    curve = _some(curves[main.model])
    yield Checked(Check.ITERATIONS, main.model, curve, _monotone(curve))
    reached = _by_any(data, runs, main.model)
    every = Sane.PASSES if reached.estimate == 1.0 else Sane.FAILS
    outcome = every if reached.n else Sane.NOT_MEASURED
    yield Checked(Check.UNBOUNDED, main.model, ((math.inf, reached),), outcome)
    pair = ((0.0, main.control_changed), (1.0, main.changed_png))
    yield Checked(Check.NOISE, main.model, pair, CONTROLLED[main.against_control])


def _balls(data: Data, runs: Runs, model: str) -> tuple[tuple[float, Estimate], ...]:
    """(radius, share fooled) of the longest series of runs that differ in their radius alone."""
    series: dict[str, dict[float, Estimate]] = {}
    for run in competing(data.context):
        settings = data.context.settings["adversarial"][run]
        for row in (r for r in runs[run] if r.model == model and r.method != SINGLE):
            for key in (key for key in RADII if key in settings):
                rest = sorted((k, str(value)) for k, value in settings.items() if k != key)
                alike = series.setdefault(f"{key} {rest}", {})
                alike.setdefault(float(settings[key]), row.fooled)
    longest = max(series.values(), key=len, default={})
    return tuple(sorted(longest.items())) if len(longest) > 1 else ()


def _some(curve: Curve) -> tuple[tuple[float, Estimate], ...]:
    """A few points of a curve, the last one among them."""
    places = sorted({round(len(curve.ks) ** (k / SHOWN)) - 1 for k in range(1, SHOWN + 1)})
    return tuple((curve.ks[place], curve.points[place]) for place in places)


def _monotone(steps: tuple[tuple[float, Estimate], ...]) -> Sane:
    """Whether no share is below the one before it."""
    shares = [share.estimate for _, share in steps if share.estimate is not None]
    if len(shares) < 2:
        return Sane.NOT_MEASURED
    return Sane.PASSES if shares == sorted(shares) else Sane.FAILS


def _by_any(data: Data, runs: Runs, model: str) -> Estimate:
    """Share of the photographs that some attack without a ball leads to the target."""
    settings = data.context.settings["adversarial"]
    free = [run for run in competing(data.context) if not set(RADII) & settings[run].keys()]
    rows = (row for run in free for row in runs[run] if row.model == model)
    fooled = [item for row in rows for item in row.points.known("fooled").items()]
    attacked = {image_id for image_id, _ in fooled}
    return rate(len({image_id for image_id, success in fooled if success}), len(attacked))
