"""Iterations in bfloat16 around any iterative attack; verdicts and reports stay in float32.

Products in bfloat16 (autocast) pay on processors that multiply in bfloat16:

1. the first evaluation and move are float32: the photograph's prediction, confidences, guess;
2. the attack goes on in bfloat16 until it claims success or the budget is spent;
3. one float32 forward pass judges the image as it is. Where it refutes the claim and budget is
   left, the item goes back to 2, whose first move ignores the claim that was refuted.

Each stage runs in slots of constant shape, so here too no bit of a row depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from inputgrad.adversarial.loop import Loop
from inputgrad.adversarial.records import Attack, Result
from inputgrad.engine.slots import State, Usage, run_slots


def run_in_bfloat16(
    loop: Loop,
    attacks: Sequence[Attack],
    *,
    slots: int,
    check_every: int,
    usage: Usage | None = None,
) -> Iterator[tuple[int, Result]]:
    """(position, result) of attacks by a float32 loop, in the order of finishing.

    Args:
        loop: the attack; its iterations but the first of each item run in bfloat16.
        attacks: those that share the loop's objective and criterion.
        slots: rows of the constant batch, >= 1.
        check_every: iterations between two looks at which rows are done.
        usage: filled in with the slot-steps that computed a gradient.
    """
    coarse = _Coarse(replace(loop, autocast=torch.bfloat16))
    items: Iterable[_Item] = (_begun(loop, *numbered) for numbered in enumerate(attacks))
    items = (item for _, item in run_slots(_First(loop), items, slots=slots, usage=usage))
    while True:
        over: list[_Item] = []
        refuted: list[_Item] = []
        unfinished = _set_aside(items, over)
        claims = run_slots(coarse, unfinished, slots=slots, check_every=check_every, usage=usage)
        for _, item in run_slots(_Verdict(loop), (claim for _, claim in claims), slots=slots):
            (over if _final(item.state) else refuted).append(item)
            while over:
                yield _finished(loop, over.pop(0))
        yield from (_finished(loop, item) for item in over)
        if not refuted:
            return
        items = refuted


class _Item(NamedTuple):
    """An attack between two stages."""

    position: int
    attack: Attack
    state: State


def _begun(loop: Loop, position: int, attack: Attack) -> _Item:
    state = loop.start(attack)
    # the iteration at which a claimed success was refuted
    return _Item(position, attack, state | {"refuted": torch.full_like(state["iterations"], -1)})


def _finished(loop: Loop, item: _Item) -> tuple[int, Result]:
    return item.position, loop.finish(item.attack, item.state)


def _set_aside(items: Iterable[_Item], over: list[_Item]) -> Iterator[_Item]:
    """Pass on what needs more iterations; what the first has decided goes to `over`."""
    for item in items:
        state = item.state
        if bool(state["success"] | (state["prediction"] != state["label"])):
            over.append(item)
        else:
            yield item


def _final(state: State) -> bool:
    """Whether the verdict ends the item: it is a success, or no budget is left."""
    return bool(state["success"] | (state["iterations"] >= state["budget"]))


@dataclass(frozen=True)
class _Stage:
    """Procedure from the state that the stage before has left; the item travels on with it."""

    loop: Loop

    def start(self, item: _Item) -> State:
        return item.state

    def finish(self, item: _Item, state: State) -> _Item:
        return item._replace(state=state)

    def remaining(self, state: State) -> Tensor:
        return self.loop.remaining(state)


class _First(_Stage):
    """One evaluation and move; every row is done."""

    def step(self, state: State, active: Tensor) -> Tensor:
        self.loop.step(state, active)
        return active


class _Coarse(_Stage):
    """Iterations that do not trust a claim which was refuted for the very same image."""

    def step(self, state: State, active: Tensor) -> Tensor:
        doubted = state["iterations"] == state["refuted"]
        return self.loop.advance(state, active, doubted=doubted)


class _Verdict(_Stage):
    """One float32 forward pass; every row is done, and a claim that fails is noted as refuted."""

    def step(self, state: State, active: Tensor) -> Tensor:
        with torch.no_grad():
            prediction = self.loop.classifier(state["image"]).argmax(dim=1)
        success = self.loop.criterion.fulfilled(prediction, state["class"])
        state["success"].copy_(torch.where(active, success, state["success"]))
        refuted = torch.where(active & ~success, state["iterations"], state["refuted"])
        state["refuted"].copy_(refuted)
        return active
