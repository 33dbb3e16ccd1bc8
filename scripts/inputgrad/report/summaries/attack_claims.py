"""The practical work's own claims about other attacks, tested on the pairs that two runs share.

    claim                    holds where the attack, beside the other one,
    FGSM is more efficient   fools no fewer photographs, with fewer gradients
    FGSM is more stable      keeps more of its successes in the 8-bit PNG
    a targeted loss is       needs a shorter perturbation where both succeed (L2)
      more precise
    generators give more     leaves more of the photograph's structure where both succeed (SSIM)
      realistic images
    iterative FGSM raises    fools more photographs than one step in the same ball
      success

Photograph by photograph, adjusted by Holm over all claims and networks: nothing is claimed beyond
that. What "efficient", "stable", "precise" and "realistic" mean here is our reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pandas as pd

from inputgrad.report.summaries.attack_contest import competing
from inputgrad.report.summaries.context import ASIDES, Context
from inputgrad.report.summaries.data import Data, attacked, median_of, rate_of, whole
from inputgrad.statistics.estimates import Comparison, Estimate, Verdict
from inputgrad.statistics.families import holm
from inputgrad.statistics.paired import paired, paired_rates

Settings = Mapping[str, Any]
Pairs = Sequence[tuple[str, str]]


class Claim(StrEnum):
    """What is claimed."""

    FGSM_EFFICIENT = "fgsm_efficient"
    FGSM_STABLE = "fgsm_stable"
    PRECISE_LOG_PROBABILITY = "precise_log_probability"
    PRECISE_MARGIN = "precise_margin"
    ITERATION_RAISES = "iteration_raises"
    GENERATOR_REALISTIC = "generator_realistic"


class Holding(StrEnum):
    """What the run shows of a claim."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does_not_hold"
    NOT_SHOWN = "not_shown"  # neither
    NOT_RUN = "not_run"


@dataclass(frozen=True, slots=True)
class Test:
    """How a claim is tested.

    column: what is compared, a flag or a number; `wanted` the verdict with which the claim holds.
    succeeded: only the pairs on which both attacks succeed.
    cheaper: the claim asks for fewer gradients too, and for no fewer successes instead of more.
    """

    column: str
    wanted: Verdict
    succeeded: bool = False
    cheaper: bool = False


TESTS = {
    Claim.FGSM_EFFICIENT: Test("success", Verdict.HIGHER, cheaper=True),
    Claim.FGSM_STABLE: Test("success_png", Verdict.HIGHER, succeeded=True),
    Claim.PRECISE_LOG_PROBABILITY: Test("l2", Verdict.LOWER, succeeded=True),
    Claim.PRECISE_MARGIN: Test("l2", Verdict.LOWER, succeeded=True),
    Claim.ITERATION_RAISES: Test("success", Verdict.HIGHER),
    Claim.GENERATOR_REALISTIC: Test("ssim", Verdict.HIGHER, succeeded=True),
}
FLAGS = ("success", "success_png")
AGAINST = {Verdict.HIGHER: Verdict.LOWER, Verdict.LOWER: Verdict.HIGHER}


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim in one network: the run that it is about, and the one beside it.

    `own` and `other` are what is compared, on `n` pairs; `own_gradients` and `other_gradients`
    medians on the same ones. `dearer` compares the gradients, where the claim asks for fewer.
    """

    claim: Claim
    model: str
    run: str | None = None
    beside: str | None = None
    n: int = 0
    own: Estimate | None = None
    other: Estimate | None = None
    own_gradients: Estimate | None = None
    other_gradients: Estimate | None = None
    result: Comparison | None = None
    dearer: Comparison | None = None

    @property
    def verdict(self) -> Holding:
        """What the adjusted comparisons say of the claim."""
        if self.run is None:
            return Holding.NOT_RUN
        if self.result is None:
            return Holding.NOT_SHOWN
        wanted = TESTS[self.claim].wanted
        if self.result.verdict is AGAINST[wanted]:
            return Holding.DOES_NOT_HOLD
        if self.dearer is not None:
            enough = (self.result.estimate or 0.0) >= 0.0
            cheap = self.dearer.verdict is Verdict.LOWER
            return Holding.HOLDS if enough and cheap else Holding.NOT_SHOWN
        return Holding.HOLDS if self.result.verdict is wanted else Holding.NOT_SHOWN


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One claim in all networks."""

    claim: Claim
    found: tuple[Claimed, ...]

    @property
    def tried(self) -> bool:
        """Whether any network's attacks allow a word on it."""
        return any(one.verdict is not Holding.NOT_RUN for one in self.found)


def attack_claims(data: Data) -> tuple[ClaimRow, ...]:
    """Every claim in every network, adjusted together; networks in the configuration's order."""
    runs = _runs(data.context)
    raw = [_claimed(data, claim, model, runs[claim]) for claim in Claim for model in data.models]
    results = {f"{i} result": one.result for i, one in enumerate(raw) if one.result is not None}
    results |= {f"{i} dearer": one.dearer for i, one in enumerate(raw) if one.dearer is not None}
    adjusted = holm(results)
    found = [
        replace(one, result=adjusted.get(f"{i} result"), dearer=adjusted.get(f"{i} dearer"))
        for i, one in enumerate(raw)
    ]
    return tuple(ClaimRow(claim, tuple(o for o in found if o.claim is claim)) for claim in Claim)


def _runs(context: Context) -> dict[Claim, Pairs]:
    """Claim -> runs that it may be about and those beside them, in the order of preference.

    The practical work's rule is the first run that climbs the logit. A generator has one class as
    its target; beside it there may be iterative FGSM alone, in the same ball.
    """
    settings = {run: context.settings["adversarial"][run] for run in competing(context)}

    def of_method(name: str) -> list[str]:
        return [run for run, chosen in settings.items() if chosen["method"] == name]

    rules = [r for r in of_method("gradient_ascent") if settings[r].get("objective") == "logit"]
    plain = [run for run in rules if not settings[run].get("refine")]
    fgsm = [(f, rule) for f in of_method("fgsm") for rule in plain]
    same_ball = [
        (iterated, single)
        for iterated in of_method("i_fgsm")
        for single in of_method("fgsm")
        if _alike(settings[iterated], settings[single], "epsilon", "objective")
    ]

    def losses(objective: str) -> Iterator[tuple[str, str]]:
        for run in of_method("gradient_ascent"):
            for rule in rules:
                changed = {**_bare(settings[rule]), "objective": objective}
                if changed == _bare(settings[run]):
                    yield run, rule

    return {
        Claim.FGSM_EFFICIENT: fgsm,
        Claim.FGSM_STABLE: fgsm,
        Claim.PRECISE_LOG_PROBABILITY: [*losses("log_probability")],
        Claim.PRECISE_MARGIN: [*losses("margin")],
        Claim.ITERATION_RAISES: same_ball,
        Claim.GENERATOR_REALISTIC: [
            *((g, rule) for g in of_method("generator") for rule in plain),
            *(
                (g, iterated)
                for g in of_method("generator")
                for iterated in of_method("i_fgsm")
                if _alike(settings[g], settings[iterated], "epsilon")
            ),
        ],
    }


def _alike(one: Settings, other: Settings, *keys: str) -> bool:
    return all(one.get(key) == other.get(key) for key in keys)


def _bare(settings: Settings) -> dict[str, Any]:
    """Settings without what an attack writes down or keeps beside its end."""
    return {key: value for key, value in settings.items() if key not in ASIDES}


def _claimed(data: Data, claim: Claim, model: str, pairs: Pairs) -> Claimed:
    """The first pair of runs that attacked the same photographs toward the same targets."""
    found = ((runs, _together(data, model, runs)) for runs in pairs)
    for runs, (own, other) in found:
        if len(own):
            return _tested(claim, model, runs, own, other)
    return Claimed(claim, model)


def _together(data: Data, model: str, runs: tuple[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of two runs, by photograph, under the first target policy under which both attacked."""
    rows = data.of_model("adversarial", model)
    first = data.context.target_policy
    for policy in dict.fromkeys([first, *sorted(rows["target_policy"].dropna().unique())]):
        chosen = attacked(rows, policy)
        own, other = (chosen[chosen["run"] == run].set_index("image_id") for run in runs)
        shared = [
            image_id
            for image_id in sorted(own.index.intersection(other.index))
            if whole(own.loc[image_id, "target"]) == whole(other.loc[image_id, "target"])
        ]
        if shared:
            return own.loc[shared], other.loc[shared]
    return rows[:0], rows[:0]


def _tested(
    claim: Claim, model: str, runs: tuple[str, str], own: pd.DataFrame, other: pd.DataFrame
) -> Claimed:
    test = TESTS[claim]
    needed = ["success", "gradient_evaluations", test.column]
    known = own[needed].notna().all(axis=1) & other[needed].notna().all(axis=1)
    if test.succeeded:
        known &= own["success"].eq(True) & other["success"].eq(True)
    known = known.fillna(False).astype(bool)
    own, other = own[known], other[known]
    if not len(own):
        return Claimed(claim, model, *runs)
    measure: Callable[[pd.DataFrame, str], Estimate]
    measure, compare = (rate_of, paired_rates) if test.column in FLAGS else (median_of, paired)
    dearer = paired(*(_column(rows, "gradient_evaluations") for rows in (own, other)))
    return Claimed(
        claim,
        model,
        *runs,
        n=len(own),
        own=measure(own, test.column),
        other=measure(other, test.column),
        own_gradients=median_of(own, "gradient_evaluations"),
        other_gradients=median_of(other, "gradient_evaluations"),
        result=compare(*(_column(rows, test.column) for rows in (own, other))),
        dearer=dearer if test.cheaper else None,
    )


def _column(rows: pd.DataFrame, name: str) -> list[float]:
    return [float(value) for value in rows[name]]
