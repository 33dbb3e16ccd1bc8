"""Class visualisation: what others see in the pictures, ways to climb, and the setting to take."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from inputgrad.report.summaries.named import Named, named, share_named, surest
from inputgrad.report.summaries.summary import Summary, summarize
from synthetic_recognition import seen_by_others
from synthetic_tables import GRID, blurs, recipes, synthetic_context, synthetic_tables

MODELS = ("a", "b", "c")
LEAD, MAIN = "a", "practical"


def summary_of(tables: dict[str, pd.DataFrame]) -> Summary:
    return summarize(tables, context=synthetic_context(MODELS))


def tables_of(**switches: Any) -> dict[str, pd.DataFrame]:
    return synthetic_tables(models=MODELS, **switches)


@pytest.mark.parametrize(("how", "share"), [("all", 1.0), ("none", 0.0)])
def test_only_other_networks_count(how: str, share: float) -> None:
    """In `none` every network names its own pictures, which says nothing."""
    summary = summary_of(tables_of(recognition=how))
    found = share_named(summary.recognitions, MAIN, LEAD)
    assert (found.estimate, found.n) == (share, 2 * 8)
    picture = named(summary.recognitions, summary.drawn[LEAD][0])
    assert picture == Named(int(2 * share), 2)
    assert picture.by_most is bool(share)
    assert summary.answers[8].named[LEAD] == found
    assert summary.answers[8].verdicts[LEAD] == ("all" if share else "none")


def test_pictures_that_nobody_judged_have_no_verdict() -> None:
    summary = summary_of(tables_of(recognition="not judged"))
    assert named(summary.recognitions, summary.drawn[LEAD][0]) is None
    assert share_named(summary.recognitions, MAIN, LEAD).n == 0
    assert surest(summary.recognitions, MAIN, LEAD) is None
    assert summary.answers[8].judged == ()
    assert summary.answers[11].recognition is None


def test_one_verdict_changes_one_picture() -> None:
    tables = tables_of(recognition="all")
    rows, index = tables["recognition"], 130
    pair = rows["source_model"].eq(LEAD) & rows["model"].eq("b") & rows["run"].eq(MAIN)
    rows.loc[pair & rows["class_index"].eq(index), "top1"] = False
    summary = summary_of(tables)
    verdicts = {a.class_index: named(summary.recognitions, a) for a in summary.drawn[LEAD]}
    assert verdicts.pop(index) == Named(1, 2)
    assert set(verdicts.values()) == {Named(2, 2)}
    share = share_named(summary.recognitions, MAIN, LEAD)
    assert (share.count, share.n) == (15, 16)


def test_the_setting_to_take_has_more_pictures_named_where_that_is_established() -> None:
    many = tuple(range(0, 240, 10))

    def advice(classes: tuple[int, ...], how: str = "none", **named: int) -> Any:
        tables = seen_by_others(tables_of(recognition=how, classes=classes), **named)
        return summary_of(tables).answers[9].advice[LEAD]

    assert advice(many).advice == advice(many, how="all").advice == "alike"
    kept = advice(many, **{MAIN: 5})
    assert (kept.advice, kept.values, kept.own) == ("keep", GRID[MAIN], GRID[MAIN])
    better = advice(many, eta_2=24)
    assert (better.advice, better.values, better.named.estimate) == ("change", GRID["eta_2"], 1.0)
    assert advice(many, eta_2=2).advice == "open"
    assert advice(many[:4], eta_2=4).advice == "open"  # too few classes to establish anything
    unjudged = advice(many, how="not judged")
    assert (unjudged.advice, unjudged.values) == ("not_judged", GRID["eta_50"])


def test_of_settings_with_as_many_pictures_named_the_others_are_surest_of_one() -> None:
    tables = tables_of(recognition="all")
    rows = tables["recognition"]
    rows["probability"] = 0.1
    rows.loc[rows["run"].eq("eta_2"), "probability"] = 0.2
    rows.loc[rows["run"].eq(MAIN), "top1"] = False
    assert summary_of(tables).answers[9].advice[LEAD].run == "eta_2"


@pytest.mark.parametrize("named", [1, 22], ids=["of the settings", "another class"])
def test_a_longer_run_is_compared_on_the_classes_of_the_settings_alone(named: int) -> None:
    """Settings of class 1 that end early and that none names, beside a main run of two classes."""
    tables = tables_of(classes=(1, 22), recognition="none")
    main = next(iter(GRID))
    for name in ("class_visualization", "recognition"):
        rows = tables[name]
        tables[name] = rows[rows["run"].eq(main) | rows["class_index"].eq(1)].copy()
    rows, seen = tables["class_visualization"], tables["recognition"]
    rows.loc[rows["run"].ne(main), ["iteration", "iterations"]] //= 2
    others = seen["run"].eq(main) & seen["source_model"].ne(seen["model"])
    seen.loc[others & seen["class_index"].eq(named), "top1"] = True
    longer = summary_of(tables).answers[9].longer
    if named == 22:
        assert longer == {}, "the class of the settings is named by nobody"
    else:
        of_both = {m: [(e.count, e.n) for e in (both.like, both.all)] for m, both in longer.items()}
        assert of_both == {m: [(2, 2), (2, 4)] for m in MODELS}
        assert {both.reached for both in longer.values()} == {"some"}


def lacking(tables: dict[str, pd.DataFrame], **out: dict[str, Any]) -> Any:
    context = synthetic_context(MODELS, **recipes(**out))
    return summarize(tables, context=context).answers[9].ingredients


def test_an_ingredient_is_what_a_run_lacks_and_nothing_else() -> None:
    views = {"smallest_view": 1.0, "largest_view": 1.0, "margin": 0.0}
    found = lacking(
        tables_of(),
        eta_2={"parameterization": "pixels"},
        eta_50=views,
        lambda_0={"objective": "score", "noise_sd": 0.0},  # two at once
    )
    assert found.known == ("coefficients", "views")
    assert found.models == MODELS and found.runs == {MAIN, "eta_2", "eta_50"}
    assert lacking(tables_of()) is None
    assert lacking(tables_of(recognition="not judged"), eta_50=views) is None


def test_judges_and_repetitions_of_a_class_are_one_case() -> None:
    tables = seen_by_others(tables_of(), practical=8, eta_2=4, eta_50=8, lambda_0=2)
    pixels = {"parameterization": "pixels"}
    found = lacking(tables, eta_2=pixels, eta_50={"repeat": 1}, lambda_0={**pixels, "repeat": 1})
    (row,) = found.of(LEAD)
    assert (row.named.first, row.named.second) == (1.0, 6 / 16)
    assert (row.named.cases, row.named.result.n) == (2 * 2, 8)
    assert row.named.result.estimate == 10 / 16
    assert row.named.result.family_size == len(MODELS)
    assert row.named.result.p_value == pytest.approx(2 / 2**6)  # two of eight classes are equal


def test_a_class_that_was_not_judged_alike_does_not_count() -> None:
    tables = seen_by_others(tables_of(), practical=8, eta_2=0)
    rows = tables["recognition"]
    missing = rows["run"].eq("eta_2") & rows["class_index"].eq(130) & rows["model"].eq("b")
    tables["recognition"] = rows[~missing]
    found = lacking(tables, eta_2={"parameterization": "pixels"})
    assert found.of(LEAD)[0].named.result.n == 7
    assert found.of("b")[0].named.result.n == 8


def test_blurs_and_shifts_are_compared_where_nothing_else_differs() -> None:
    settings = blurs(eta_2=(1.0, 16), eta_50=(0.5, 0), lambda_0=(1.0, 0))
    settings["settings"]["class_visualization"]["lambda_0.1"] |= {"iterations": 7, "shift": 3}
    tables = seen_by_others(tables_of(recognition="none"), eta_50=3)
    answer = summarize(tables, context=synthetic_context(MODELS, **settings)).answers[9]
    assert answer.restraints[LEAD].values == ((0.5, 0), (0.5, 16), (1, 0), (1, 16))
    advice = answer.restrained[LEAD]
    assert (advice.advice, advice.values, advice.own) == ("open", (0.5, 0), (0.5, 16))
    assert (advice.named.count, advice.named.n) == (6, 16)


def last_of(rows: pd.DataFrame, model: str) -> pd.Series[bool]:
    return rows["model"].eq(model) & rows["run"].eq(MAIN) & rows["iteration"].eq(rows["iterations"])


@pytest.mark.parametrize(
    ("low", "which", "rougher"),
    [
        (("b",), "first", "a"),
        (("a",), "second", "b"),
        (("a", "b"), "mixed", None),
        ((), "mixed", None),  # all alike
    ],
)
def test_a_network_draws_rougher_where_it_does_so_for_every_class(
    low: tuple[str, ...], which: str, rougher: str | None
) -> None:
    tables = tables_of()
    rows = tables["class_visualization"]
    rows["total_variation"] = 0.5
    classes = sorted(set(rows["class_index"]))
    for place, model in enumerate(low):
        smooth = rows["class_index"].isin(classes[place :: len(low)])
        rows.loc[last_of(rows, model) & smooth, "total_variation"] = 0.1
    found = summary_of(tables).answers[11].contrasts
    assert (found.first, found.second, found.rougher) == ("a", "b", rougher)
    assert [c.measure for c in found.by_which[which]][:1] == ["total_variation"]


def test_without_a_measure_of_the_pictures_nothing_is_said_of_them() -> None:
    tables = tables_of()
    measures = ["total_variation", "high_frequency_share", "probability_resized"]
    tables["class_visualization"][measures] = None
    assert summary_of(tables).answers[11].contrasts.found == ()
    alone = summarize(synthetic_tables(models=("a",)), context=synthetic_context(("a",)))
    assert alone.answers[11].contrasts is None


def test_a_lever_makes_pictures_rougher_or_smoother_from_its_smallest_value_on() -> None:
    tables = tables_of()
    rows = tables["class_visualization"]
    rows["total_variation"] = 0.1 + 0.001 * rows["iteration"] + rows["lambda"]
    rows.loc[rows["eta"].eq(rows["eta"].max()), "total_variation"] = 0.01
    found = summary_of(tables).answers[9].levers[LEAD]
    assert found.by_roughness["rises"] == ("iterations", "weight")
    assert found.by_roughness["falls"] == ("eta",)


def test_ways_to_climb_are_runs_from_noise_that_drew_all_classes() -> None:
    tables = tables_of()
    rows = tables["class_visualization"]
    partial = next(run for run in GRID if run != MAIN)
    missing = rows["run"].eq(partial) & rows["class_index"].eq(130)
    tables["class_visualization"] = rows[~missing]
    found = [row.run for row in summary_of(tables).answers[9].runs[LEAD]]
    assert found[0] == MAIN
    assert partial not in found and "from_photograph" not in found
    assert set(found) == set(GRID) - {partial}


def test_decisive_fifth_decides_where_its_drop_is_larger() -> None:
    tables = tables_of()
    rows = tables["class_visualization"]
    rows.loc[rows["class_index"].isin((1, 22)), "drop_decisive"] = 1.0
    (first, *_) = summary_of(tables).visualizations
    assert (first.decides.count, first.decides.n) == (6, 8)
