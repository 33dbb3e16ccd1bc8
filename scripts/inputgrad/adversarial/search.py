"""The search for adversarial images: how precise its steps are, never how precise its verdicts.

With `search_precision: float32` an attack is `Ascent` in slots and nothing else. With `bfloat16`
its steps run under autocast (products in bfloat16), which pays on processors that multiply in
bfloat16, and every number that is reported is float32 all the same:

1. the first evaluation and move are float32: the photograph's prediction, confidences, guess;
2. the search goes on in bfloat16 until it claims the target or the budget is spent;
3. one float32 forward pass judges the image as it stands. Where it refutes the claim and budget is
   left, the item goes back to 2, whose first move pays no heed to the claim refuted.

Each stage runs in slots of constant shape, so here too no bit of a row depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from inputgrad.adversarial.ascent import Ascent, Attack, Outcome
from inputgrad.engine.slots import State, Usage, run_slots
from inputgrad.models.classifier import Classifier

AUTOCAST = {"float32": None, "bfloat16": torch.bfloat16}
STEPS_BETWEEN_LOOKS = {"cuda": 4}  # a look waits for the device; elsewhere at every step


def search(
    classifier: Classifier,
    method: str,
    attacks: Sequence[Attack],
    *,
    slots: int,
    usage: Usage | None = None,
) -> Iterator[Outcome]:
    """Outcomes of attacks by one method, in the order of finishing.

    Args:
        classifier: the network under attack.
        method: a name among the registry's adversarial methods.
        attacks: those of equal `search_precision` share slots.
        slots: rows of the constant batch, >= 1.
        usage: filled in with the slot-steps that computed a gradient.
    """
    look = STEPS_BETWEEN_LOOKS.get(classifier.mean.device.type, 1)
    fine = Ascent(classifier, method)
    for precision, autocast in AUTOCAST.items():
        chosen = [a for a in attacks if _precision(a) == precision]
        if autocast is None:
            found = run_slots(fine, chosen, slots=slots, check_every=look, usage=usage)
            yield from (outcome for _, outcome in found)
        else:
            coarse = _Stage(Ascent(classifier, method, autocast=autocast))
            first, verdict = _Stage(fine, once=True), _Verdict(classifier)
            items: Iterable[_Item] = (_Item(attack, fine.start(attack)) for attack in chosen)
            items = (i for _, i in run_slots(first, items, slots=slots, usage=usage))
            for item in _refined(coarse, verdict, items, slots=slots, look=look, usage=usage):
                yield fine.finish(*item)


class _Item(NamedTuple):
    """An attack between two stages."""

    attack: Attack
    state: State


def _refined(
    coarse: _Stage,
    verdict: _Verdict,
    items: Iterable[_Item],
    *,
    slots: int,
    look: int,
    usage: Usage | None,
) -> Iterator[_Item]:
    """Search and judge in turn until every item is at its end."""
    while True:
        over: list[_Item] = []
        refuted: list[_Item] = []
        unfinished = _set_aside(items, over)
        claims = run_slots(coarse, unfinished, slots=slots, check_every=look, usage=usage)
        for _, item in run_slots(verdict, (claim for _, claim in claims), slots=slots):
            (over if _final(item.state) else refuted).append(item)
            while over:
                yield over.pop(0)
        yield from over
        if not refuted:
            return
        items = refuted


def _set_aside(items: Iterable[_Item], over: list[_Item]) -> Iterator[_Item]:
    """Pass on what is to be searched; what the first step has decided goes to `over`."""
    for item in items:
        state = item.state
        if bool(state["success"] | (state["prediction"] != state["label"])):
            over.append(item)
        else:
            yield item


def _final(state: State) -> bool:
    """Whether the verdict ends the item: the target is predicted, or no budget is left."""
    return bool(state["success"] | (state["iterations"] >= state["budget"]))


def _precision(attack: Attack) -> str:
    return str(attack.run.parameters.get("search_precision", "float32"))


class _Stage:
    """Procedure: steps of an ascent from the state that the stage before has left.

    once: every row is done after one step.
    """

    def __init__(self, ascent: Ascent, *, once: bool = False) -> None:
        self._ascent, self._once = ascent, once

    def start(self, item: _Item) -> State:
        """The state as it was left."""
        return item.state

    def step(self, state: State, active: Tensor) -> Tensor:
        """One step of the ascent."""
        done = self._ascent.step(state, active)
        return active if self._once else done

    def finish(self, item: _Item, state: State) -> _Item:
        """The item on its way to the next stage."""
        return _Item(item.attack, state)

    def remaining(self, state: State) -> Tensor:
        """The ascent's guess."""
        return self._ascent.remaining(state)


class _Verdict:
    """Procedure of a single step: whether the target is predicted in float32."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    def start(self, item: _Item) -> State:
        """The state that the search left."""
        return item.state

    def step(self, state: State, active: Tensor) -> Tensor:
        """One forward pass; every row is done, and a claim that fails is noted as refuted."""
        with torch.no_grad():
            prediction = self._classifier(state["image"]).argmax(dim=1)
        success = prediction == state["target"]
        state["success"].copy_(torch.where(active, success, state["success"]))
        refuted = torch.where(active & ~success, state["iterations"], state["refuted"])
        state["refuted"].copy_(refuted)
        return active

    def finish(self, item: _Item, state: State) -> _Item:
        """The item, judged."""
        return _Item(item.attack, state)

    def remaining(self, state: State) -> Tensor:
        """Nothing remains after the one step."""
        return torch.zeros(len(state["success"]))
