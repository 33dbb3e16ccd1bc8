"""Optimality of attacks: by hand, its properties, and the area under the accuracy curve."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inputgrad.statistics.estimates import State
from inputgrad.statistics.medians import distance_median, median
from inputgrad.statistics.optimality import accuracy_curve, optimality

INF = math.inf
distance = st.floats(0, 8).map(lambda value: round(value, 3)) | st.just(INF)


@st.composite
def contests(draw: st.DrawFn) -> dict[str, list[float]]:
    n = draw(st.integers(1, 8))
    column = st.lists(distance, min_size=n, max_size=n)
    return {name: draw(column) for name in "abc"[: draw(st.integers(1, 3))]}


def test_by_hand() -> None:
    found = optimality({"near": [1, 2, INF], "far": [3, INF, INF]})
    # the best: 1, 2 and a failure, so d_max is 2 and m* (1 + 2 + 2) / 3
    assert (found.n, found.furthest) == (3, 2)
    assert found.values["near"] == 1
    assert found.values["far"] == pytest.approx(1 - (2 - 5 / 3) / (2 - 5 / 3)) == 0
    both = optimality({"a": [1, 4], "b": [2, 3]})
    # the best 1 and 3, m* 2, d_max 3; a: (1 + 3) / 2, b: (2 + 3) / 2
    assert both.values == {"a": 1, "b": pytest.approx(0.5)}


def test_it_is_null_where_there_is_nothing_to_compare() -> None:
    assert optimality({}).values == {}
    for columns in ({"a": [], "b": []}, {"a": [INF, INF]}, {"a": [2.0], "b": [3.0]}):
        assert set(optimality(columns).values.values()) == {None}
    assert optimality({"a": [INF, INF]}).furthest is None


@given(contests())
def test_it_is_a_share_and_the_best_has_all_of_it(columns: dict[str, list[float]]) -> None:
    found = optimality(columns)
    best = np.min(list(columns.values()), axis=0)
    with_best = optimality(columns | {"best": best})
    if found.furthest is None or with_best.values["best"] is None:
        assert set(found.values.values()) == {None}
        return
    assert with_best.values["best"] == 1
    assert with_best.values | {"best": 1} == found.values | {"best": 1}
    assert all(value is not None and 0 <= value <= 1 for value in found.values.values())
    failing = optimality(columns | {"failing": [INF] * found.n})
    assert failing.values["failing"] == 0
    assert {name: failing.values[name] for name in columns} == found.values


@given(contests(), st.randoms(use_true_random=False), st.sampled_from([0.25, 4.0]))
def test_neither_the_order_of_the_pairs_nor_the_unit_counts(
    columns: dict[str, list[float]], random: Random, unit: float
) -> None:
    found, order = optimality(columns), [*range(len(columns["a"]))]
    random.shuffle(order)
    again = optimality({name: [unit * d[i] for i in order] for name, d in columns.items()})
    for name, value in found.values.items():
        assert again.values[name] == (None if value is None else pytest.approx(value, abs=1e-9))


@given(contests(), st.integers(0, 7))
def test_a_failure_never_helps(columns: dict[str, list[float]], place: int) -> None:
    """Against rivals that keep the best where it is."""
    rivals = columns | {"best": np.min(list(columns.values()), axis=0).tolist()}
    worse = [*rivals["a"]]
    worse[place % len(worse)] = INF
    before, after = optimality(rivals).values["a"], optimality(rivals | {"a": worse}).values["a"]
    assert (before is None) == (after is None)
    assert before is None or after is None or after <= before + 1e-12


@given(contests())
def test_the_mean_is_the_area_under_the_accuracy_curve(columns: dict[str, list[float]]) -> None:
    top = optimality(columns).furthest
    if top is None:
        return
    curve = accuracy_curve(columns["a"])
    ends = [x for x, _ in curve[1:]] + [INF]
    area = sum(
        y * max(0.0, min(end, top) - min(x, top)) for (x, y), end in zip(curve, ends, strict=True)
    )
    assert area == pytest.approx(np.minimum(columns["a"], top).mean())
    assert [y for _, y in curve] == sorted((y for _, y in curve), reverse=True)
    assert curve[-1][1] == pytest.approx(np.isinf(columns["a"]).mean())


def test_what_is_no_distance_is_refused() -> None:
    for wrong in ([-1.0], [math.nan], [[1.0]]):
        with pytest.raises(ValueError, match="must be distances"):
            optimality({"a": wrong})
    with pytest.raises(ValueError, match="share their pairs"):
        optimality({"a": [1.0], "b": [1.0, 2.0]})


def test_a_median_ranks_failures_above_every_success() -> None:
    values = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]
    whole, plain = distance_median(values), median(values)
    assert (whole.estimate, whole.low, whole.high) == (plain.estimate, plain.low, plain.high)
    assert (whole.reached, whole.censored, whole.budget) == (True, 0, None)
    some = distance_median([*values[:5], INF, INF])
    assert (some.estimate, some.high, some.censored) == (2.0, None, 2)
    assert some.interval == "beyond_budget"
    half = distance_median([*values[:4], INF, INF, INF, INF])
    assert (half.estimate, half.state, half.low) == (None, State.BEYOND_BUDGET, 0.5)
    none = distance_median([INF] * 8)
    assert (none.estimate, none.low, none.high, none.state) == (
        None, None, None, State.BEYOND_BUDGET,
    )  # fmt: skip
    assert distance_median([]).state == State.NOT_MEASURED
