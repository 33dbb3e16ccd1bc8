"""The slot engine: its contract on counters, and equal bits on networks however work is split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from attacking import aimed, bits, counters, run_of
from inputgrad.adversarial.attacks.gradient_ascent import UnitSteps
from inputgrad.adversarial.criteria import Targeted
from inputgrad.adversarial.loop import Loop
from inputgrad.adversarial.objectives import logit
from inputgrad.adversarial.records import Result
from inputgrad.class_visualization.loop import ClassAscent
from inputgrad.class_visualization.methods import normalized
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.records import ClassItem, Run, Start
from inputgrad.engine.slots import REVIEW, WINDOW, Procedure, State, Usage, map_slots, run_slots
from inputgrad.models.classifier import Classifier
from small_networks import pictures, repeated, samples_of, squeezenet


@dataclass(frozen=True)
class Count:
    """Work of `length` steps, of which the engine is told the `guess`."""

    key: int
    length: int
    guess: float


@dataclass
class Counting:
    """Procedure that adds `key` and the number of the step in every step."""

    slots: int
    batches: set[int] = field(default_factory=set)
    finished: list[int] = field(default_factory=list)

    def start(self, item: Count) -> State:
        values = {"key": item.key, "length": item.length, "steps": 0, "total": 0}
        state = {name: torch.tensor(value) for name, value in values.items()}
        return state | {"guess": torch.tensor(item.guess), "trace": torch.zeros(2, 3, 2)}

    def step(self, state: State, active: Tensor) -> Tensor:
        self.batches |= {len(tensor) for tensor in (active, *state.values())}
        state["steps"] += active
        state["total"] += active * (state["key"] + state["steps"])
        state["trace"] += (active * state["key"]).view(-1, 1, 1, 1)
        return state["steps"] >= state["length"]

    def finish(self, item: Count, state: State) -> tuple[int, int, float]:
        assert int(state["key"]) == item.key
        self.finished.append(item.key)
        return int(state["steps"]), int(state["total"]), float(state["trace"].sum())

    def remaining(self, state: State) -> Tensor:
        return state["guess"]


def counts(lengths: Sequence[int], guesses: Sequence[float]) -> list[Count]:
    return [Count(7 * i + 1, n, g) for i, (n, g) in enumerate(zip(lengths, guesses, strict=True))]


def work() -> st.SearchStrategy[list[Count]]:
    pairs = st.lists(st.tuples(st.integers(1, 7), st.floats(-3, 9)), max_size=30)
    return pairs.map(lambda drawn: counts([n for n, _ in drawn], [g for _, g in drawn]))


@settings(max_examples=80, deadline=None)
@given(items=work(), slots=st.integers(1, 6), check_every=st.integers(1, 4))
def test_every_item_ends_once_after_its_own_steps(
    items: list[Count], slots: int, check_every: int
) -> None:
    procedure, usage = Counting(slots), Usage()
    told: list[int] = []
    found = dict(
        run_slots(
            procedure, iter(items), slots=slots, check_every=check_every,
            usage=usage, on_finish=told.append,
        )
    )  # fmt: skip
    assert found == {
        i: (n.length, n.length * n.key + n.length * (n.length + 1) // 2, 12.0 * n.key * n.length)
        for i, n in enumerate(items)
    }
    assert sorted(procedure.finished) == [item.key for item in items]
    assert procedure.batches <= {slots}
    assert told == list(range(1, len(items) + 1))
    assert usage.live == sum(item.length for item in items)
    assert usage.executed == usage.steps * slots
    assert usage.steps % check_every == 0


@settings(max_examples=80, deadline=None)
@given(items=work(), slots=st.integers(1, 6))
def test_no_slot_waits_while_there_is_work(items: list[Count], slots: int) -> None:
    usage = Usage()
    list(run_slots(Counting(slots), items, slots=slots, usage=usage))
    lengths = [item.length for item in items]
    # Graham's bound for a list schedule: all slots work until the last item is taken up
    assert usage.executed <= sum(lengths) + (slots - 1) * max(lengths, default=0)


def test_hardest_first_after_one_step_each() -> None:
    lengths = [3, 1, 9, 5, 2, 7]
    items = counts(lengths, [n - 1 for n in lengths])
    order = [position for position, _ in run_slots(Counting(1), items, slots=1)]
    assert order == [1, 2, 5, 3, 0, 4]


def test_a_stubborn_last_item_keeps_no_slot_idle() -> None:
    lengths = [8] * 23 + [40]
    usage = Usage()
    list(run_slots(Counting(4), counts(lengths, [float(n) for n in lengths]), slots=4, usage=usage))
    assert usage.live == sum(lengths)
    assert usage.share > 0.9  # first come, first served: 224 slot-steps of 4 * 80, 0.7


class Learning(Counting):
    """After some steps it knows what remains."""

    def remaining(self, state: State) -> Tensor:
        known = (state["length"] - state["steps"]).float()
        return torch.where(state["steps"] >= REVIEW, known, state["guess"])


def test_a_wrong_first_guess_is_made_good_by_the_review() -> None:
    lengths = [8] * 63 + [60]
    items = counts(lengths, [20.0] * 63 + [6.0])
    shares = {}
    for procedure in (Counting(4), Learning(4)):
        usage = Usage()
        found = dict(run_slots(procedure, items, slots=4, usage=usage))
        assert [found[i][0] for i in range(64)] == lengths
        shares[type(procedure)] = usage.share
    assert shares[Counting] < 0.8 < 0.95 < shares[Learning]


@dataclass
class Watched(Learning):
    """Counts how often a row takes up another item than it worked on."""

    changes: int = 0
    last: Tensor | None = None

    def step(self, state: State, active: Tensor) -> Tensor:
        if self.last is not None:
            self.changes += int((state["key"] != self.last).sum())
        self.last = state["key"].clone()
        return super().step(state, active)


def test_an_exact_guess_moves_few_items_about() -> None:
    procedure = Watched(4)
    list(run_slots(procedure, counts([100] * 12, [99.0] * 12), slots=4))
    # 8 for the first steps, 8 for those who come next, the rest at half, a quarter, ... of the way
    assert 16 <= procedure.changes <= 12 * 8  # taking turns at every review: 12 * 100 / REVIEW


def test_items_are_taken_lazily() -> None:
    slots, finished, ahead = 3, 0, 0

    def source() -> Iterator[Count]:
        nonlocal ahead
        for taken, item in enumerate(counts([2, 9, 1, 4] * 50, [0.0, 8.0, 0.0, 3.0] * 50), 1):
            ahead = max(ahead, taken - finished)
            yield item

    for _ in run_slots(Counting(slots), source(), slots=slots):
        finished += 1
    assert finished == 200
    assert WINDOW <= ahead <= WINDOW + slots


def test_nothing_to_do() -> None:
    usage = Usage()
    assert list(run_slots(Counting(2), [], slots=2, usage=usage)) == []
    assert (usage.steps, usage.share) == (0, 1.0)


@pytest.mark.parametrize(("slots", "check_every"), [(0, 1), (-1, 1), (2, 0)])
def test_refuses_fewer_than_one(slots: int, check_every: int) -> None:
    with pytest.raises(ValueError, match=f"got {slots} and {check_every}"):
        list(run_slots(Counting(1), [], slots=slots, check_every=check_every))


class Uneven(Counting):
    """Starts the second item with a state of another make than the first."""

    def __init__(self, change: Callable[[State], State]) -> None:
        super().__init__(slots=2)
        self._change = change

    def start(self, item: Count) -> State:
        state = super().start(item)
        return self._change(state) if item.key > 1 else state


@pytest.mark.parametrize(
    "change",
    [
        lambda state: {name: t for name, t in state.items() if name != "total"},
        lambda state: state | {"trace": torch.zeros(1, 1, 2)},
    ],
    ids=["missing", "would be broadcast"],
)
def test_a_state_of_another_form_is_never_filled_up(change: Callable[[State], State]) -> None:
    with pytest.raises(AssertionError, match="one fixed form"):
        list(run_slots(Uneven(change), counts([3, 3], [2.0, 2.0]), slots=2))


# --- equal bits on networks -----------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Classifier:
    return squeezenet(64)


def test_batch_size_changes_the_bits_of_squeezenet(network: Classifier) -> None:
    """The reason for slots, and the proof that the tests above can fail."""
    (picture,) = pictures(64, 1)
    gradients = [
        score_and_gradient(network, repeated(picture, n), torch.full((n,), 416)).gradient[0]
        for n in (1, 2, 4, 8)
    ]
    assert any(not torch.equal(gradients[0], other) for other in gradients[1:])


@pytest.mark.parametrize("check_every", [2, 3])
def test_rows_that_are_done_stay_frozen_between_two_looks(
    network: Classifier, check_every: int
) -> None:
    samples = samples_of(network, pictures(64, 4))
    attacks = [
        attack
        for run in (run_of(eta=1.0, budget=5), run_of(eta=0.25, budget=4))
        for attack in aimed(network, samples, run, "runner_up")
    ]
    loop = Loop(network, UnitSteps(network.std), logit, Targeted())
    ends = [counters(result) for _, result in run_slots(loop, attacks, slots=3)]
    assert {end.success for end in ends if end.gradient_evaluations % check_every} == {True, False}
    ascents = [
        class_item(target, iterations=iterations, snapshots=[2])
        for target, iterations in ((5, 4), (6, 7), (7, 5))
    ]
    work: list[tuple[Procedure[Any, Any], Sequence[Any]]] = [
        (loop, attacks),
        (class_ascent(network, ascents), range(len(ascents))),
    ]
    for procedure, items in work:
        one, other = (
            {
                position: rows_of(result)
                for position, result in run_slots(procedure, items, slots=3, check_every=every)
            }
            for every in (1, check_every)
        )
        assert one == other


def class_item(class_index: int, **changes: Any) -> ClassItem:
    run = Run("v", "normalized", normalized.Parameters(**{"shift": 4} | changes))
    return ClassItem(class_index, Start("noise"), run)


def class_ascent(classifier: Classifier, items: Sequence[ClassItem]) -> ClassAscent:
    parts = normalized.parts([item.run.parameters for item in items], classifier)
    return ClassAscent(classifier, items, parts, seed=3)


def rows_of(result: Any) -> list[Any]:
    """An attack's counters and the bytes of its image, or an ascent's images."""
    if isinstance(result, Result):
        return [*bits(result)]
    return [np.ascontiguousarray(result.images).tobytes()]


def test_share_of_an_unfinished_batch() -> None:
    usage = Usage()
    list(run_slots(Counting(4), counts([3], [2.0]), slots=4, usage=usage))
    assert (usage.steps, usage.executed, usage.live) == (3, 12, 3)
    assert math.isclose(usage.share, 0.25)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_single_pass_work_comes_in_order_whatever_the_neighbours(count: int) -> None:
    batches: list[tuple[int, ...]] = []

    def compute(state: State) -> State:
        batches.append(tuple(state["x"].shape))
        return {"twice": 2 * state["x"]}

    items = [float(i) for i in range(count)]
    found = [*map_slots(lambda x: {"x": torch.full((2,), x)}, compute, items, slots=3)]
    assert [row["twice"].tolist() for row in found] == [[2 * i, 2 * i] for i in items]
    assert set(batches) <= {(3, 2)}
