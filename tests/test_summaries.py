"""Summaries follow the tables: direction, n, censoring, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from inputgrad.config.schema import load_config
from inputgrad.report.summaries import codes
from inputgrad.report.summaries.context import context_of
from inputgrad.report.summaries.summary import Summary, summarize
from inputgrad.statistics.estimates import Interval, Sign, State, WasTested
from inputgrad.statistics.families import PRIMARY_MEASURES
from inputgrad.statistics.medians import censored_median, median
from inputgrad.statistics.rates import rate
from synthetic_tables import BUDGET, ETAS, SNAPSHOTS, synthetic_context, synthetic_tables

ROOT = Path(__file__).resolve().parents[1]
BETWEEN = ("saliency", "adversarial", "class_visualization")


def summary_of(models: tuple[str, ...] = ("lite0", "lite2"), **switches: Any) -> Summary:
    tables = synthetic_tables(models=models, **switches)
    return summarize(tables, context=synthetic_context(models))


def verdicts(summary: Summary, *families: str) -> set[str]:
    return {str(row.result.verdict) for f in families for row in summary.comparisons.of(f)}


@pytest.mark.parametrize("first", ["higher", "lower"])
def test_every_primary_comparison_follows_the_direction(first: str) -> None:
    assert verdicts(summary_of(first=first), *BETWEEN) == {first}


def test_equal_models_show_no_difference() -> None:
    assert verdicts(summary_of(first="equal"), *BETWEEN) == {"no_difference"}


def test_too_few_photographs_and_classes_are_not_tested() -> None:
    summary = summary_of(first="higher", n=6, wrong=1, classes=(1, 22, 130))
    assert verdicts(summary, *BETWEEN, "robustness") == {"too_few"}
    assert all(row.result.n < row.result.minimum_n for row in summary.comparisons.of("saliency"))


def test_every_declared_measure_is_compared_for_every_pair() -> None:
    summary = summary_of(models=("a", "b", "c"))
    for family, measures in PRIMARY_MEASURES.items():
        rows = summary.comparisons.of(family)
        assert [row.measure for row in rows] == [m for m in measures for _ in range(3)]
        assert {row.result.family_size for row in rows} == {len(rows)}
    pairs = [(row.first, row.second) for row in summary.comparisons.of("saliency", "gini")]
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c")]


def test_holm_never_lowers_a_p_value() -> None:
    for row in summary_of(first="higher").comparisons.rows:
        assert row.result.p_adjusted >= row.result.p_value


def test_swapping_the_models_flips_signs_and_verdicts() -> None:
    tables = synthetic_tables(first="higher")
    forward = summarize(tables, context=synthetic_context(("lite0", "lite2")))
    backward = summarize(tables, context=synthetic_context(("lite2", "lite0")))
    for family in BETWEEN:
        pairs = zip(forward.comparisons.of(family), backward.comparisons.of(family), strict=True)
        for one, other in pairs:
            assert other.result.estimate == pytest.approx(-one.result.estimate)
            assert (str(one.result.verdict), str(other.result.verdict)) == ("higher", "lower")


def test_the_order_of_the_rows_does_not_matter() -> None:
    tables = synthetic_tables(first="higher")
    shuffled = {family: table.sample(frac=1, random_state=3) for family, table in tables.items()}
    context = synthetic_context()
    assert summarize(shuffled, context=context) == summarize(tables, context=context)


def test_models_are_compared_on_the_photographs_valid_for_all() -> None:
    models = ("a", "b", "c")
    tables = synthetic_tables(models=models, n=20, wrong=2)
    attacks = tables["adversarial"]
    photographs = sorted(attacks["image_id"].unique())
    wrong = attacks["model"].eq("c") & attacks["image_id"].isin(photographs[:5])
    attacks.loc[wrong, "attacked"] = False
    attacks.loc[wrong, ["iterations", "rms_255", "success_png"]] = None
    summary = summarize(tables, context=synthetic_context(models))
    assert {row.result.n for row in summary.comparisons.of("adversarial")} == {13}
    assert {row.n for row in summary.attacks} == {18, 13}


def test_a_model_without_rows_takes_nothing_from_the_others() -> None:
    tables = synthetic_tables(models=("a", "b"))
    summary = summarize(tables, context=synthetic_context(("a", "b", "absent")))
    assert [row.model for row in summary.saliency] == ["a", "b"]
    assert {row.result.n for row in summary.comparisons.of("saliency")} == {
        18
    }  # of 20, two are named wrongly
    assert summary.overview.models[2].n == 0


def test_models_are_compared_by_resolution_free_measures_alone() -> None:
    measures = {m for family in BETWEEN for m in PRIMARY_MEASURES[family]}
    assert measures.isdisjoint({"l2", "linf", "l0", "relative_l2", "gradient_l2", "score"})


def test_censored_attacks_have_a_median_beyond_the_budget() -> None:
    (row, _) = summary_of(censored=True).attacks
    assert row.iterations.estimate is None
    assert not row.iterations.reached
    assert row.iterations.censored == row.n == 18
    assert (row.fooled.estimate, row.iterations.budget) == (0, BUDGET)


def test_the_curve_ends_at_the_budget_with_the_share_fooled() -> None:
    answer = summary_of().answers[5]
    for row in answer.rows:
        curve = answer.curves[row.model]
        shares = [point.estimate for point in curve.values()]
        assert list(curve)[-1] == BUDGET
        assert shares == sorted(shares)
        assert shares[-1] == row.fooled.estimate


def test_only_photographs_named_correctly_are_attacked() -> None:
    summary = summary_of(wrong=7)
    assert [row.correct for row in summary.overview.models] == [13, 13]
    assert {row.n for row in summary.attacks} == {13}
    assert {row.n for row in summary.saliency} == {20}


def test_unused_files_are_listed_and_not_counted() -> None:
    summary = summary_of(unreadable=[("torn.jpg", "truncated after 12 bytes")])
    (unused,) = summary.overview.unused
    assert (unused.file, unused.reason) == ("torn.jpg", "truncated after 12 bytes")
    assert (summary.overview.used, summary.overview.classes) == (20, 20)


def test_a_photograph_that_a_model_could_not_read_is_in_no_denominator() -> None:
    tables = synthetic_tables(models=("lite0",), n=5, wrong=0)
    predictions = tables["predictions"].astype(object)
    predictions.loc[:1, ["correct", "confidence_label", "prediction"]] = None
    predictions.loc[:1, "error"] = "is truncated"
    tables["predictions"] = predictions
    summary = summarize(tables, context=synthetic_context(("lite0",)))
    (row,) = summary.overview.models
    assert (row.n, row.correct, row.accuracy.n, row.confidence.n) == (3, 3, 3, 3)


def test_an_attack_that_only_the_png_turned_into_a_success_is_not_lost_in_it() -> None:
    tables = synthetic_tables(censored=True)
    tables["adversarial"]["success_png"] = tables["adversarial"]["attacked"]
    for row in summarize(tables, context=synthetic_context()).attacks:
        assert (row.fooled.count, row.fooled_png.count, row.lost_in_png) == (0, 18, 0)


def test_a_run_without_a_step_size_is_alone_in_its_sweep() -> None:
    tables = synthetic_tables()
    tables["adversarial"]["eta"] = None
    sweeps = summarize(tables, context=synthetic_context()).sweeps
    assert {(row.run, row.eta) for rows in sweeps.values() for row in rows} == {("ascent", None)}


def test_what_starts_from_a_photograph_is_not_compared_with_itself() -> None:
    context = synthetic_context()
    runs = {**context.runs, "class_visualization": ("from_photograph",)}
    summary = summarize(synthetic_tables(), context=synthetic_context(runs=runs))
    assert {row.start for row in summary.visualizations} == {codes.Start.PHOTOGRAPH}
    assert {row.noise_probability for row in summary.answers[10].rows} == {None}


def test_the_sweep_rises_in_eta_and_leaves_other_budgets_out() -> None:
    tables = synthetic_tables()
    other = tables["adversarial"].query("run == 'ascent'").assign(run="long", budget=500)
    tables["adversarial"] = pd.concat([tables["adversarial"], other])
    sweeps = summarize(tables, context=synthetic_context()).answers[7].sweeps
    assert [row.eta for row in sweeps["lite0"]] == list(ETAS)
    assert all(row.run != "long" for row in sweeps["lite0"])


def test_model_dependent_targets_stay_out() -> None:
    tables = synthetic_tables()
    other = tables["adversarial"].assign(target_policy="least_likely", iterations=BUDGET)
    plain = summarize(tables, context=synthetic_context())
    tables["adversarial"] = pd.concat([tables["adversarial"], other])
    assert summarize(tables, context=synthetic_context()).attacks == plain.attacks


@pytest.mark.parametrize(
    ("configured", "compared"),
    [
        (("random",), "random"),
        (("runner_up", "random"), "random"),
        (("least_likely", "runner_up"), "least_likely"),
    ],
)
def test_random_targets_lead_where_they_were_run(
    configured: tuple[str, ...], compared: str
) -> None:
    tables = synthetic_tables()
    rows = tables["adversarial"]
    tables["adversarial"] = pd.concat(
        [
            rows.assign(target_policy=policy, rms_255=place)
            for place, policy in enumerate(configured)
        ]
    )
    context = synthetic_context(targets=configured)
    summary = summarize(tables, context=context)
    assert context.target_policy == compared
    for row in summary.answers[5].rows:
        found = (row.target_policy, row.n, row.rms_255.estimate)
        assert found == (compared, 18, configured.index(compared))
    assert {row.result.n for row in summary.comparisons.of("adversarial")} == {18}


def test_of_runs_with_one_step_size_the_main_run_counts() -> None:
    tables = synthetic_tables()
    rows = tables["adversarial"]
    twin = rows[rows["run"] == "ascent"].assign(run="twin")
    tables["adversarial"] = pd.concat([rows, twin])
    runs = {**synthetic_context().runs}
    runs["adversarial"] = ("ascent", "twin", *runs["adversarial"][1:])
    sweep = summarize(tables, context=synthetic_context(runs=runs)).sweeps["lite0"]
    assert [row.eta for row in sweep] == list(ETAS)
    assert "twin" not in {row.run for row in sweep}
    assert sweep[ETAS.index(0.25)].run == "ascent"


def test_questions_and_figures_have_the_same_rows() -> None:
    summary = summary_of()
    answers = summary.answers
    assert answers[2].reach is summary.reach
    assert answers[6].rows is answers[5].rows is summary.attacks
    assert answers[7].sweeps is summary.sweeps
    for model, found in summary.settings.items():
        assert answers[9].settings[model] is found.rows
        assert [row.run for row in found.rows] == [ascent.run for ascent in found.ascents]
        assert {ascent.class_index for ascent in found.ascents} == {found.class_index}
    for model, classes in answers[8].classes.items():
        ends = [ascent.last.probability for ascent in summary.drawn[model]]
        assert [row.probability for row in classes] == ends


def test_points_are_what_their_row_summarizes() -> None:
    summary = summary_of()
    for row in summary.saliency:
        for measure in ("gini", "box_share"):
            assert row.median(measure) == median(list(row.values(measure).values()))
    for row in summary.attacks:
        assert len(row.points) == row.n
        assert row.rms_255 == median([point.rms_255 for point in row.points])
        assert row.fooled_png.count == sum(bool(point.fooled_png) for point in row.points)


def test_reach_compares_needed_with_forecast_steps() -> None:
    tables = synthetic_tables()
    attacks = tables["adversarial"]
    attacks["predicted_iterations"] = attacks["iterations"] / 2
    reach = summarize(tables, context=synthetic_context()).answers[2].reach
    assert [row.ratio.estimate for row in reach] == [2, 2]


def test_progress_follows_the_snapshots_and_finds_half_way() -> None:
    answer = summary_of(first="higher").answers[9]
    rows = answer.progress["lite0"]
    assert [row.iteration for row in rows] == list(SNAPSHOTS)
    above = [row.iteration for row in rows if row.probability.estimate > 0.5]
    assert answer.halfway["lite0"] == above[0]
    assert summary_of(first="lower").answers[9].halfway["lite0"] is None


def test_settings_are_compared_on_the_classes_that_all_of_them_drew() -> None:
    tables = synthetic_tables()
    table = tables["class_visualization"]
    missing = table["run"].eq("eta_2") & table["class_index"].isin([1, 22, 130])
    tables["class_visualization"] = table[~missing]
    rows = summarize(tables, context=synthetic_context()).answers[9].settings["lite0"]
    assert {row.n for row in rows} == {5}
    assert [(row.eta, row.weight) for row in rows] == sorted((r.eta, r.weight) for r in rows)
    assert "from_photograph" not in {row.run for row in rows}


def test_settings_of_other_lengths_stay_out_and_lines_hold_the_rest_still() -> None:
    tables = synthetic_tables()
    table = tables["class_visualization"]
    grid = table["run"].isin(["eta_2", "eta_50", "lambda_0"])
    tables["class_visualization"] = table = table[~(grid & table["iteration"].gt(25))].copy()
    table.loc[grid, "iterations"] = 25
    answer = summarize(tables, context=synthetic_context()).answers[9]
    assert [row.run for row in answer.settings["lite0"]] == ["eta_2", "lambda_0", "eta_50"]
    assert [row.eta for row in answer.by_eta["lite0"]] == [2, 50]
    assert [row.weight for row in answer.by_weight["lite0"]] == [0]


def test_a_start_that_is_not_of_the_sample_has_no_label() -> None:
    tables = synthetic_tables()
    table = tables["class_visualization"]
    table.loc[table["init"] != "noise", "init"] = "kitten.png"
    rows = summarize(tables, context=synthetic_context()).answers[10].rows
    assert {(row.file, row.photograph_label, row.own_class) for row in rows} == {
        ("kitten.png", None, False)
    }
    assert all(row.noise_probability is not None for row in rows)


def test_one_model_has_nothing_to_be_compared_with() -> None:
    summary = summary_of(models=("lite0",))
    assert not [row for row in summary.comparisons.rows if row.second]
    assert len(summary.comparisons.of("robustness")) == 3


def test_empty_tables_give_a_summary_of_nothing() -> None:
    summary = summary_of(n=0, classes=())
    assert summary.overview.used == 0
    assert summary.attacks == summary.visualizations == summary.saliency == ()
    assert verdicts(summary, *PRIMARY_MEASURES) == {"too_few"}


def test_only_the_questions_asked_for_are_answered() -> None:
    context = synthetic_context(questions=(2, 7))
    assert list(summarize(synthetic_tables(), context=context).answers) == [2, 7]


def test_the_context_comes_from_the_configuration() -> None:
    config = load_config(ROOT / "config" / "config.yaml")
    context = context_of(config)
    assert context.model_names == tuple(config.models)
    assert context.main_runs["adversarial"] == next(iter(config.adversarial.runs))
    assert context.questions == tuple(range(1, 12))


def share(successes: int, n: int = 10) -> Any:
    return rate(successes, n)


def test_visibility_has_the_limits_that_it_names() -> None:
    limits = [2.99, 3.0, 7.99, 8.0]
    found = [codes.visibility(median([value])) for value in limits]
    smooth = "visible_in_smooth_areas"
    assert found == ["hard_to_see", smooth, smooth, "plain_to_see"]
    assert codes.visibility(median([])) == "not_measured"
    assert summary_of().visibility_limits == (3.0, 8.0)


def test_codes_of_shares() -> None:
    assert codes.reached() == codes.reached(share(0, 0)) == "not_measured"
    assert codes.reached(share(0), share(0)) == "none"
    assert codes.reached(share(0), share(1)) == "some"
    assert codes.reached(share(10), share(9)) == "some"
    assert codes.reached(share(10), share(10)) == "all"
    cases = {
        (3, 2): "attack_stronger",
        (2, 2): "no_stronger",
        (1, 2): "no_stronger",
        (0, 0): "none",
    }
    for (fooled, changed), expected in cases.items():
        assert codes.against_control(share(fooled), share(changed)) == expected
    assert codes.against_control(share(3), share(0, 0)) == "not_measured"


def test_codes_of_trends_and_numbers() -> None:
    low, high, none = median([1.0]), median([2.0]), median([])
    assert codes.trend(low, high, "real") == "rises"
    assert codes.trend(high, low, "real") == "falls"
    assert codes.trend(low, low, "real") == "unchanged"
    assert codes.trend(median([0.0001]), median([0.0002]), "percent") == "unchanged"  # < 0.1 %
    assert codes.trend(none, low, "real") == "not_measured"
    assert [codes.extent(range(n)) for n in range(3)] == ["none", "one", "several"]
    assert [codes.occurrence(n) for n in range(3)] == ["never", "happened", "happened"]


def test_codes_of_estimates() -> None:
    assert (median([]).state, median([]).interval) == (State.NOT_MEASURED, Interval.NONE)
    assert (median([1.0]).state, median([1.0]).interval) == (State.MEASURED, Interval.NONE)
    assert median([1.0] * 6).interval == Interval.CLOSED
    half = censored_median([1] * 5 + [9] * 5, [False] * 5 + [True] * 5, budget=9)
    assert (half.state, half.interval) == (State.BEYOND_BUDGET, Interval.BEYOND_BUDGET)
    assert [share(3).count, share(0, 0).count] == [3, 0]


def test_codes_of_comparisons() -> None:
    higher, equal = summary_of(first="higher"), summary_of(first="equal")
    (gini,) = higher.comparisons.of("saliency", "gini")
    assert (gini.result.sign, gini.result.tested) == (Sign.POSITIVE, WasTested.TESTED)
    assert (gini.kind, gini.result.mostly_equal) == ("between_models", False)
    (relation, _) = higher.comparisons.of("robustness", "gini_iterations")
    assert relation.kind == "within_model"
    (gini,) = equal.comparisons.of("saliency", "gini")
    assert gini.result.sign == Sign.INCLUDES_ZERO
    few = summary_of(n=6, wrong=1).comparisons.of("saliency", "gini")
    assert few[0].result.tested == WasTested.TOO_FEW
    tallies = [
        summary.answers[4].tally
        for summary in (higher, equal, summary_of(n=6), summary_of(models=("lite0",)))
    ]
    assert [tally.total for tally in tallies] == [5, 5, 5, 0]
    assert [tally.differences for tally in tallies] == [
        "seen",
        "none_seen",
        "too_few",
        "not_compared",
    ]
    assert tallies[0].seen == tallies[1].none_seen == tallies[2].too_few == 5


def test_codes_of_the_sample_and_the_networks() -> None:
    def sample(n: int, *sources: str) -> str:
        context = synthetic_context(sources=sources)
        return summarize(synthetic_tables(n=n), context=context).overview.sample

    assert sample(20, "bundled") == "all_bundled"
    assert sample(19, "bundled") == "some_bundled"
    assert sample(20, "bundled", "folder") == "bundled_and_others"
    assert sample(20, "folder") == "others"
    names = {"lite0": "neither", "vgg16_bn": "vgg16", "squeezenet1_1": "squeezenet"}
    assert [synthetic_context((name,)).practical for name in names] == list(names.values())
    assert synthetic_context(("vgg16", "squeezenet1_0")).practical == "both"


@pytest.mark.parametrize("lacking", ["success", "changed_png"])
def test_the_nearest_change_is_of_a_run_that_misleads_on_every_photograph(lacking: str) -> None:
    tables = synthetic_tables()
    attacks = tables["adversarial"]
    attacks["success"] = attacks["changed_png"] = attacks["attacked"]
    distances = {run: 2.0 + number for number, run in enumerate(attacks["run"].unique())}
    attacks["rms_255"] = attacks["run"].map(distances)
    found = summarize(tables, context=synthetic_context()).answers[6].nearest
    assert (found.model, found.rms_255.estimate) == ("lite0", 2.0)
    attacks.loc[attacks["run"].eq(found.run) & attacks["attacked"], lacking] = False
    assert summarize(tables, context=synthetic_context()).answers[6].nearest.run != found.run
    attacks.loc[attacks["attacked"], lacking] = False
    assert summarize(tables, context=synthetic_context()).answers[6].nearest is None
