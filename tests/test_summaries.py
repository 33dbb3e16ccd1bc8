"""Summaries follow the tables: direction, n, censoring, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from inputgrad.config.schema import load_config
from inputgrad.report.summaries.context import context_of
from inputgrad.report.summaries.summary import Summary, summarize
from inputgrad.statistics.families import PRIMARY_MEASURES
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
    assert {row.result.n for row in summary.comparisons.of("saliency")} == {20}
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
    assert (unused.file, unused.error) == ("torn.jpg", "truncated after 12 bytes")
    assert (summary.overview.used, summary.overview.classes) == (20, 20)


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
