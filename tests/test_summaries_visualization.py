"""Class visualisation: what others see in the pictures, ways to climb, and the setting to take."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from inputgrad.report.summaries.named import Named, named, share_named, surest
from inputgrad.report.summaries.summary import Summary, summarize
from synthetic_tables import GRID, synthetic_context, synthetic_tables

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


def test_the_setting_to_take_is_that_others_are_surest_of_else_that_of_the_highest_score() -> None:
    chosen = sorted(GRID)[0]
    tables = tables_of()
    tables["recognition"]["probability"] = 0.1
    tables["recognition"].loc[tables["recognition"]["run"].eq(chosen), "probability"] = 0.2
    best = summary_of(tables).answers[9].best[LEAD]
    assert best.run == chosen
    unjudged = summary_of(tables_of(recognition="not judged")).answers[9]
    scores = {row.run: row.score.estimate for row in unjudged.settings[LEAD]}
    assert unjudged.best[LEAD].run in {r for r, s in scores.items() if s == max(scores.values())}
    assert not unjudged.judged[LEAD]


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
