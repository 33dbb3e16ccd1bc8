"""Attacks side by side, the claims about them, and the checks of their numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inputgrad.photographs.classes import imagenet_classes
from inputgrad.report.summaries.attack_claims import Claim, Claimed, Holding
from inputgrad.report.summaries.attack_contest import Contest
from inputgrad.report.summaries.attack_sanity import Check, Checked
from inputgrad.report.summaries.class_groups import class_groups, group_of
from inputgrad.report.summaries.summary import Summary, summarize
from inputgrad.statistics.optimality import optimality
from synthetic_tables import synthetic_context, synthetic_tables

LIKE = synthetic_context().settings["adversarial"]["ascent"]
MODELS = ("lite0", "lite2")


def summary_of(
    settings: dict[str, dict[str, Any]],
    measures: dict[str, dict[str, Any]] | None = None,
    *,
    n: int = 20,
    policies: tuple[str, ...] = ("random",),
) -> Summary:
    """Runs with these settings, each like the rule `ascent` but for what is measured."""
    tables = synthetic_tables(n=n, sweeps=False)
    rows = tables["adversarial"]
    made = []
    for run, chosen in settings.items():
        new = rows.assign(run=run, method=chosen["method"])
        for column, value in (measures or {}).get(run, {}).items():
            given = value(new[column]) if callable(value) else value
            new.loc[new["attacked"].eq(True), column] = given
        made += [new.assign(target_policy=policy) for policy in policies]
    tables["adversarial"] = pd.concat(made, ignore_index=True)
    known = synthetic_context()
    context = replace(
        known,
        targets=policies,
        runs={**known.runs, "adversarial": tuple(settings)},
        settings={**known.settings, "adversarial": settings},
    )
    return summarize(tables, context=context)


def run(**changes: Any) -> dict[str, Any]:
    return {**LIKE, **changes}


RULE = {"ascent": run()}


def contest(summary: Summary, model: str = "lite0", policy: str = "random") -> Contest:
    (found,) = [c for c in summary.contests if (c.model, c.policy) == (model, policy)]
    return found


def test_a_contest_is_over_the_pairs_that_all_attacked() -> None:
    tables = synthetic_tables(sweeps=True)
    rows = tables["adversarial"]
    ids = sorted(set(rows["image_id"]))
    rows.loc[rows["run"].eq("eta_1") & rows["image_id"].isin(ids[:5]), "attacked"] = False
    rows.loc[rows["run"].eq("eta_0.5") & rows["image_id"].eq(ids[6]), "target"] = 999
    rows.loc[rows["run"].eq("eta_0.5") & rows["image_id"].eq(ids[7]), "success"] = None
    found = contest(summarize(tables, context=synthetic_context()))
    assert found.n == 18 - 5 - 2
    assert {row.fooled.n for row in found.rows} == {row.gradients.n for row in found.rows} == {11}


def test_its_optimality_is_that_of_the_table() -> None:
    summary = summary_of(
        RULE | {"other": run(eta=1.0), "failing": run(eta=2.0)},
        {"failing": {"success": False, "success_png": False}},
    )
    found = contest(summary)
    rows = synthetic_tables(sweeps=False)["adversarial"].query("model == 'lite0' and attacked")
    rows = rows.sort_values("image_id")
    fools = rows["success_png"].to_numpy(bool)
    l2 = np.where(fools, rows["l2_png"].to_numpy(float), math.inf)
    assert found.files and found.n == len(l2) == 18 and 0 < fools.sum() < 18
    expected = optimality({"a": l2, "b": l2, "c": np.full(18, math.inf)})
    assert [row.optimality for row in found.rows] == [*expected.values.values()]
    assert found.furthest == l2[fools].max()
    failing = found.rows[2]
    assert (failing.fooled.count, failing.l2.reached, failing.l2.censored) == (0, False, 18)
    assert failing.accuracy == ((0.0, 1.0),)
    assert found.rows[0].accuracy[-1] == (l2[fools].max(), 1 - fools.mean())


def test_without_files_the_images_before_rounding_are_compared() -> None:
    unmeasured = {"success_png": None, "l2_png": None}
    found = contest(
        summary_of(RULE | {"near": run(eta=0.1)}, {"near": {"l2": lambda l2: l2 / 2} | unmeasured})
    )
    assert not found.files and found.best is not None and found.best.run == "near"
    assert all(row.l2.reached for row in found.rows)


def test_the_best_attack_and_the_rule_beside_it() -> None:
    near = summary_of(RULE | {"near": run(eta=0.1)}, {"near": {"l2_png": lambda l2: l2 / 2}})
    found = contest(near)
    assert found.best is not None and found.rule is not None
    assert (found.best.run, found.rule.run) == ("near", "ascent")
    assert (found.best.nearer.count, found.best.nearer.n) == (found.best.fooled_png.count, found.n)
    far = contest(summary_of(RULE | {"far": run(eta=1.0)}, {"far": {"l2_png": 50.0}}))
    assert far.best is not None and far.best.run == "ascent" and far.rule is None
    assert far.best.nearer.count == 0, "nothing is nearer than itself"
    equal = {name: {"l2_png": 2.0} for name in ("ascent", "b")}
    none = contest(summary_of(RULE | {"b": run()}, equal))
    assert none.best is none.rule is None


def test_confined_and_unclipped_attacks_take_no_part() -> None:
    settings = RULE | {
        "guided": run(method="saliency_guided", pixels="salient", share=0.1),
        "free": run(clip=False),
        "fgsm": {"method": "fgsm", "epsilon": 0.03},
    }
    found = contest(summary_of(settings))
    assert [row.run for row in found.rows] == ["ascent", "fgsm"]


def test_targeted_and_untargeted_attacks_stay_apart() -> None:
    summary = summary_of(RULE | {"b": run(eta=1.0)}, policies=("random", "untargeted"))
    kinds = [(c.model, c.policy, c.targeted) for c in summary.contests]
    assert kinds == [(m, p, p == "random") for m in MODELS for p in ("random", "untargeted")]
    answer = summary.answers[7]
    assert answer.contest == contest(summary)
    assert [(c.model, c.policy) for c in answer.others] == [(m, p) for m, p, _ in kinds[1:]]


def claimed(summary: Summary, claim: Claim, model: str = "lite0") -> Claimed:
    (row,) = [row for row in summary.answers[7].claims if row.claim is claim]
    (found,) = [one for one in row.found if one.model == model]
    return found


FGSM = {"method": "fgsm", "objective": "log_probability", "epsilon": 0.03}
CASES = [  # claim, further run, what it measures, what the rule measures, verdict
    ("fgsm_efficient", FGSM, {"gradient_evaluations": 2}, {}, "holds"),
    ("fgsm_efficient", FGSM, {"gradient_evaluations": 999}, {}, "not_shown"),
    ("fgsm_efficient", FGSM, {"gradient_evaluations": 2, "success": False}, {}, "does_not_hold"),
    ("fgsm_stable", FGSM, {"success_png": True}, {"success_png": False}, "holds"),
    ("fgsm_stable", FGSM, {"success_png": False}, {"success_png": True}, "does_not_hold"),
    ("fgsm_stable", FGSM, {"success": False}, {}, "not_shown"),
    ("precise_margin", run(objective="margin"), {"l2": 0.1}, {}, "holds"),
    ("precise_margin", run(objective="margin"), {"l2": 9.0}, {}, "does_not_hold"),
    ("precise_margin", run(objective="margin"), {}, {}, "not_shown"),
    ("precise_margin", run(objective="margin", eta=1.0), {"l2": 0.1}, {}, "not_run"),
    ("precise_log_probability", run(objective="log_probability"), {"l2": 0.1}, {}, "holds"),
    ("precise_log_probability", run(objective="margin"), {"l2": 0.1}, {}, "not_run"),
    ("generator_realistic", {"method": "generator"}, {"ssim": 0.999}, {}, "holds"),
    ("generator_realistic", {"method": "generator"}, {"ssim": 0.5}, {}, "does_not_hold"),
    ("generator_realistic", {"method": "fgsm"}, {"ssim": 0.5}, {}, "not_run"),
]


@pytest.mark.parametrize(("claim", "settings", "own", "rule", "verdict"), CASES)
def test_a_claim_is_said_of_the_numbers_and_of_nothing_else(
    claim: str, settings: dict[str, Any], own: dict[str, Any], rule: dict[str, Any], verdict: str
) -> None:
    summary = summary_of(RULE | {"further": settings}, {"further": own, "ascent": rule})
    found = claimed(summary, Claim(claim))
    assert found.verdict == verdict
    assert (found.run is None) == (verdict == Holding.NOT_RUN)
    if found.own is not None:
        assert (found.run, found.beside) == ("further", "ascent")
        assert found.own.n == found.other.n == found.n == 18


def test_a_claim_about_iterations_needs_the_same_ball() -> None:
    one, few = {"fgsm": {"success": False}}, {"n": 6}
    same, other = {**FGSM, "method": "i_fgsm"}, {**FGSM, "method": "i_fgsm", "epsilon": 0.1}
    runs = RULE | {"fgsm": FGSM}
    holds = claimed(summary_of(runs | {"i_fgsm": same}, one), Claim.ITERATION_RAISES)
    assert (holds.verdict, holds.run, holds.beside) == ("holds", "i_fgsm", "fgsm")
    assert claimed(summary_of(runs | {"i_fgsm": other}, one), Claim.ITERATION_RAISES).run is None
    small = summary_of(runs | {"i_fgsm": same}, one, **few)
    assert claimed(small, Claim.ITERATION_RAISES).verdict == Holding.NOT_SHOWN
    worse = summary_of(runs | {"i_fgsm": same}, {"i_fgsm": {"success": False}})
    assert claimed(worse, Claim.ITERATION_RAISES).verdict == Holding.DOES_NOT_HOLD


def checked(summary: Summary, check: Check) -> Checked:
    (row,) = [row for row in summary.answers[7].sanity if row.check is check]
    return row.found[0]


def test_a_larger_ball_must_fool_no_fewer() -> None:
    balls = {f"ball_{e}": {**FGSM, "method": "i_fgsm", "epsilon": e} for e in (0.03, 0.01, 0.1)}
    rising = checked(summary_of(RULE | balls, {"ball_0.01": {"success": False}}), Check.BOUND)
    assert [(radius, share.count) for radius, share in rising.steps] == [
        (0.01, 0), (0.03, 18), (0.1, 18),
    ]  # fmt: skip
    assert rising.outcome == "passes"
    falling = checked(summary_of(RULE | balls, {"ball_0.1": {"success": False}}), Check.BOUND)
    assert falling.outcome == "fails"
    single = {f"fgsm_{e}": {**FGSM, "epsilon": e} for e in (0.03, 0.1)}
    for runs in (RULE, RULE | single):
        assert checked(summary_of(runs), Check.BOUND).outcome == "not_measured"


def test_without_a_bound_some_attack_must_fool_every_photograph() -> None:
    failing = {"ascent": {"success": False}}
    assert checked(summary_of(RULE), Check.UNBOUNDED).outcome == "passes"
    assert checked(summary_of(RULE, failing), Check.UNBOUNDED).outcome == "fails"
    by_other = checked(summary_of(RULE | {"b": run(eta=1.0)}, failing), Check.UNBOUNDED)
    assert (by_other.outcome, by_other.steps[0][1].count) == ("passes", 18)
    by_ball = summary_of(RULE | {"fgsm": FGSM}, failing)
    assert checked(by_ball, Check.UNBOUNDED).outcome == "fails"


def test_noise_and_iterations() -> None:
    summary = summary_of(RULE, {"ascent": {"changed_png": True, "control_changed": False}})
    assert checked(summary, Check.NOISE).outcome == "passes"
    assert checked(summary, Check.ITERATIONS).outcome == "passes"
    noisy = summary_of(RULE, {"ascent": {"changed_png": False, "control_changed": True}})
    assert checked(noisy, Check.NOISE).outcome == "fails"
    points = checked(summary, Check.ITERATIONS).steps
    assert points[-1][0] == 100 and [k for k, _ in points] == sorted({k for k, _ in points})


def test_nothing_attacked_is_no_contest() -> None:
    summary = summarize(synthetic_tables(n=3, wrong=3), context=synthetic_context())
    assert summary.contests == summary.answers[7].sanity == ()
    verdicts = {one.verdict for row in summary.answers[7].claims for one in row.found}
    assert verdicts == {Holding.NOT_RUN}


def test_groups_of_classes_are_those_of_imagenet() -> None:
    classes = imagenet_classes()
    last, first = classes.resolve("puffer"), classes.resolve("abacus")
    assert (group_of(0), group_of(last), group_of(first)) == ("animals", "animals", "things")
    rows = summary_of(RULE).attacks
    found = class_groups(rows)
    assert [(g.model, g.group, g.n) for g in found] == [
        (model, group, n) for model in MODELS for group, n in (("animals", 10), ("things", 8))
    ]
    for row in rows:
        parts = [group for group in found if group.model == row.model]
        assert sum(group.fooled.count for group in parts) == row.fooled.count
    assert class_groups(summary_of(RULE, n=15).attacks) == ()  # ten animals and three things


def test_a_step_size_is_recommended_where_it_loses_nothing() -> None:
    settings = {f"eta_{eta}": run(eta=eta) for eta in (0.25, 0.5, 1.0)}
    measures = {
        name: {"eta": chosen["eta"], "success_png": chosen["eta"] > 0.25, "rms_255": chosen["eta"]}
        for name, chosen in settings.items()
    }
    advised = summary_of(settings, measures).answers[7].advised["lite0"]
    assert advised is not None and advised.eta == 0.5
    assert [row and row.eta for row in summary_of(settings, measures).answers[7].kept.values()] == [
        0.5
    ] * 2
    plain = {name: one | {"rms_255": 9.0} for name, one in measures.items()}
    assert summary_of(settings, plain).answers[7].advised == dict.fromkeys(MODELS)
    assert summary_of(settings, plain).answers[7].kept == dict.fromkeys(MODELS)


def test_step_sizes_that_all_lose_something_leave_the_one_that_loses_least() -> None:
    settings = {f"eta_{eta}": run(eta=eta) for eta in (0.25, 0.5)}
    kept = {
        "eta_0.25": {
            "eta": 0.25,
            "success_png": lambda s: pd.Series(np.arange(len(s)) % 3 == 0, s.index),
        },
        "eta_0.5": {
            "eta": 0.5,
            "success_png": lambda s: pd.Series(np.arange(len(s)) % 3 > 0, s.index),
        },
    }
    found = summary_of(settings, kept).answers[7]
    assert found.advised["lite0"] is None and found.kept["lite0"].eta == 0.5


def test_a_generator_is_set_beside_what_aims_at_its_class() -> None:
    settings = RULE | {
        "generator": {"method": "generator", "epsilon": 0.04},
        "far": {**FGSM, "method": "i_fgsm", "epsilon": 0.1},
        "same": {**FGSM, "method": "i_fgsm", "epsilon": 0.04},
    }
    tables = synthetic_tables(sweeps=False)
    rows = tables["adversarial"]
    fixed = rows.assign(target_policy="fixed", target=7)
    made = [rows.assign(target_policy="random"), fixed.assign(run="far", method="i_fgsm")]
    made += [fixed.assign(run="same", method="i_fgsm")]
    made += [fixed.assign(run="generator", method="generator", ssim=0.5, gradient_evaluations=0)]
    tables["adversarial"] = pd.concat(made, ignore_index=True)
    known = synthetic_context()
    context = replace(
        known,
        runs={**known.runs, "adversarial": tuple(settings)},
        settings={**known.settings, "adversarial": settings},
    )
    summary = summarize(tables, context=context)
    found = claimed(summary, Claim.GENERATOR_REALISTIC)
    assert (found.run, found.beside, found.verdict) == ("generator", "same", "does_not_hold")
    beside = contest(summary, policy="fixed")
    assert [row.run for row in beside.rows] == ["generator", "far", "same"]
    assert beside.rows[0].gradients.estimate == 0
    assert beside in summary.answers[7].others
