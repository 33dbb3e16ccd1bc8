"""What is left of attacks after changes, and natural changes of equal length."""

from __future__ import annotations

import pandas as pd

from inputgrad.report.summaries.summary import summarize
from inputgrad.report.summaries.survived import worst_natural
from synthetic_tables import synthetic_context, synthetic_tables


def test_shares_after_a_change_are_those_of_the_rows_of_its_run_and_policy() -> None:
    tables = synthetic_tables(n=14, wrong=2)
    other = tables["attack_survival"].assign(target_policy="runner_up", success_changed=True)
    tables["attack_survival"] = pd.concat([other, tables["attack_survival"]], ignore_index=True)
    found = summarize(tables, context=synthetic_context()).survived
    assert {(row.model, row.run) for row in found} == {("lite0", "ascent"), ("lite2", "ascent")}
    jpeg, noise, resized = found[:3]
    assert [row.change for row in found[:3]] == ["jpeg_75", "noise_2", "resize_0.9"]
    assert [(row.fooled.count, row.n) for row in (jpeg, resized, noise)] == [
        (3, 12),
        (6, 12),
        (9, 12),
    ]
    assert (resized.kind, resized.strength) == ("resize", "0.9")
    assert jpeg.label_returns.count == 6  # nine that no longer fool, without every third place
    assert jpeg.photograph_keeps.count == 10


def test_the_worst_natural_change_is_named_and_attacks_that_were_not_changed_leave_nothing() -> (
    None
):
    tables = synthetic_tables(n=14, wrong=2)
    rows = tables["adversarial"]
    rows["control_changed"], rows["brighter_changed"], rows["darker_changed"] = False, False, True
    rows["blur_changed"] = [i % 2 == 0 for i in range(len(rows))]
    answer = summarize(tables, context=synthetic_context()).answers[6]
    assert answer.worst == answer.natural[0].darker == worst_natural(answer.natural[0])
    assert answer.worst.estimate == 1.0
    assert answer.weakest_left.change == "jpeg_75"
    tables["attack_survival"] = tables["attack_survival"][:0]
    for measure in ("brighter_changed", "darker_changed", "blur_changed"):
        rows[measure] = None
    empty = summarize(tables, context=synthetic_context()).answers[6]
    assert (empty.survived, empty.natural, empty.weakest_left, empty.worst) == ((), (), None, None)
