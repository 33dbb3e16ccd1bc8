"""What the report says of images before other networks: pairs, denominators, floor and ceiling."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from inputgrad.report.summaries.codes import Occurrence, Reached
from inputgrad.report.summaries.data import Data
from inputgrad.report.summaries.recognition import Photographs, recognitions
from inputgrad.report.summaries.transfer import OverNoise, Transfer, transfers
from inputgrad.statistics.rates import rate
from inputgrad.tables.schema import to_table
from synthetic_tables import synthetic_context, synthetic_tables
from synthetic_transfer import How, transfer_rows

MODELS = ("lite0", "lite2")
IMAGES = [(f"{i:016x}", i) for i in range(20)]


def data_of(table: str, rows: list[dict[str, Any]], **context: Any) -> Data:
    tables = synthetic_tables(n=3) | {table: to_table(table, rows).to_pandas()}
    return Data(tables, synthetic_context(MODELS, **context))


def main_transfer(rows: list[dict[str, Any]]) -> Transfer:
    return transfers(data_of("transfer", rows))[0]


def test_only_photographs_that_both_name_rightly_count() -> None:
    rows = transfer_rows(MODELS, IMAGES, how="passes")
    for row in rows:
        row["correct_before"] = row["model"] == row["source_model"] or row["label"] >= 8
        row["success"] = row["label"] >= 15
    found = main_transfer(rows)
    passed, own = found.of("lite0", "lite2"), found.of("lite0", "lite0")
    assert passed and own
    assert (passed.n, own.n) == (12, 20)
    assert passed.reached == rate(5, 12)
    assert passed.over_noise is not None and own.over_noise is None
    assert [(r.source, r.judge) for r in found.between] == [("lite0", "lite2"), ("lite2", "lite0")]


@pytest.mark.parametrize(
    ("how", "count", "over_noise", "reached"),
    [
        ("passes", 20, OverNoise.MORE, Reached.ALL),
        ("hardly", 20, OverNoise.NO_DIFFERENCE, Reached.NONE),
        ("less than noise", 20, OverNoise.LESS, Reached.NONE),
        ("passes", 4, OverNoise.TOO_FEW, Reached.ALL),
    ],
)
def test_what_noise_of_the_same_length_does_decides(
    how: How, count: int, over_noise: OverNoise, reached: Reached
) -> None:
    found = main_transfer(transfer_rows(MODELS, IMAGES[:count], how=how))
    assert (found.over_noise, found.reached) == (over_noise, reached)
    assert found.resizing == Occurrence.HAPPENED
    results = [row.over_noise for row in found.between if row.over_noise]
    assert all(result.family_size == 2 for result in results)


def test_one_network_has_nothing_to_pass_on() -> None:
    found = main_transfer(transfer_rows(("lite0",), IMAGES))
    assert found.between == ()
    assert (found.over_noise, found.resizing) == (OverNoise.NOT_COMPARED, Occurrence.NEVER)
    assert found.reached == Reached.NOT_MEASURED


def test_policies_and_stops_are_kept_apart_and_other_runs_left_out() -> None:
    rows = [
        *transfer_rows(MODELS, IMAGES, policies=("random", "untargeted"), stops=(0, 30)),
        *transfer_rows(MODELS, IMAGES, policies=("least_likely",)),
        *transfer_rows(MODELS, IMAGES, run="eta_1", how="passes"),
    ]
    found = transfers(data_of("transfer", rows, targets=("random", "untargeted")))
    assert [(t.policy, t.beyond) for t in found] == [
        ("random", 0),
        ("untargeted", 0),
        ("random", 30),
    ]
    assert [t.targeted for t in found] == [True, False, True]
    for transfer in found:
        assert all(row.n == 20 for row in transfer.rows)
        assert all((row.reached.n > 0) == transfer.targeted for row in transfer.rows)
        assert all(row.changed.estimate != 1.0 for row in transfer.between)
    assert transfers(data_of("transfer", [])) == ()


def picture(source: str, judge: str, index: int, *, rank: int, floor: int | None) -> dict[str, Any]:
    row = {"class_index": index, "model": judge, "source_model": source, "run": "practical"}
    row |= {"top1": rank == 1, "top5": rank <= 5, "rank": rank, "probability": 1 / rank}
    if floor is not None:
        row |= {"floor_top1": floor == 1, "floor_top5": floor <= 5, "floor_rank": floor}
    return row


def test_pictures_are_counted_by_class_with_their_floor() -> None:
    rows = [
        *(picture("lite0", "lite2", c, rank=r, floor=f) for c, r, f in [(1, 1, 9), (2, 4, 5)]),
        *(picture("lite0", "lite2", c, rank=r, floor=None) for c, r in [(3, 6)]),
        *(picture("lite0", "lite0", c, rank=1, floor=7) for c in (1, 2, 3)),
    ]
    found = recognitions(data_of("recognition", rows))
    assert [*found] == ["practical"]
    recognition = found["practical"]
    passed = recognition.of("lite0", "lite2")
    assert passed is not None and recognition.between == (passed,)
    assert (passed.top1, passed.top5) == (rate(1, 3), rate(2, 3))
    assert (passed.floor_top1, passed.floor_top5) == (rate(0, 2), rate(1, 2))
    assert passed.rank.estimate == 4 and passed.classes == {1: True, 2: False, 3: False}
    assert recognition.of("lite2", "lite0") is None


@pytest.mark.parametrize(
    ("drawn", "photographs", "top1", "top5"),
    [
        (7, Photographs.OF_THE_CLASSES, rate(1, 2), rate(1, 2)),
        (500, Photographs.OF_THE_SAMPLE, rate(2, 4), rate(3, 4)),
    ],
)
def test_the_ceiling_is_of_the_classes_drawn_where_the_sample_has_them(
    drawn: int, photographs: Photographs, top1: Any, top5: Any
) -> None:
    data = data_of("recognition", [picture("lite0", "lite2", drawn, rank=1, floor=None)])
    ranks = [(7, 1), (7, 9), (8, 1), (9, 5)]
    predictions = pd.DataFrame(
        [
            {"model": "lite2", "label": label, "label_rank": rank, "error": None}
            for label, rank in ranks
        ]
    )
    data = Data({**data.tables, "predictions": predictions}, data.context)
    (recognition,) = recognitions(data).values()
    ceiling = recognition.ceiling("lite2")
    assert ceiling is not None and recognition.ceiling("lite0") is None
    assert (ceiling.photographs, ceiling.top1, ceiling.top5) == (photographs, top1, top5)


def test_without_a_photograph_there_is_no_ceiling() -> None:
    data = data_of("recognition", [picture("lite0", "lite2", 1, rank=1, floor=None)])
    empty = data.tables["predictions"][:0]
    (recognition,) = recognitions(
        Data({**data.tables, "predictions": empty}, data.context)
    ).values()
    assert recognition.ceilings == ()
