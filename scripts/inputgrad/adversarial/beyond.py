"""Steps beyond the first fooling: the attack goes on as before, and its image is kept at stops.

An image at the boundary hardly fools another model; one that was driven on may (Zhao et al. 2021,
"On success and simplicity: a second look at transferable targeted attacks", who climb the logit for
hundreds of steps). The update begins anew, so only updates without a memory are driven on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from inputgrad.adversarial.loop import OWN, Loop
from inputgrad.adversarial.records import Ended
from inputgrad.engine.rows import overwrite
from inputgrad.engine.slots import State, Usage, run_slots
from inputgrad.images.tensors import to_tensor


def drive_on(
    loop: Loop, ended: Iterable[Ended], *, slots: int, usage: Usage | None = None
) -> Iterator[Ended]:
    """The same attacks, with `stops` where they fooled the model and their runs name any."""
    groups: dict[tuple[int, ...], list[Ended]] = {}
    for one in ended:
        stops = tuple(sorted(getattr(one.attack.run.parameters, "beyond", ())))
        if one.fooled and stops:
            groups.setdefault(stops, []).append(one)
        else:
            yield one
    for stops, group in groups.items():
        driven = run_slots(_Driven(loop, stops), group, slots=slots, usage=usage)
        yield from (one for _, one in driven)


@dataclass(frozen=True)
class _Driven:
    """Procedure: one move of the loop's update a step, and a copy of the image at each stop."""

    loop: Loop
    stops: tuple[int, ...]

    def start(self, item: Ended) -> State:
        image = torch.from_numpy(item.result.image)
        own = self.loop.update.start(item.attack, to_tensor(item.attack.image.pixels))
        state = {
            "image": image,
            "class": torch.tensor(self.loop.criterion.followed(item.attack)),
            "steps": torch.tensor(0),
            "kept": image.repeat(len(self.stops), 1, 1, 1),
        } | {OWN + name: tensor for name, tensor in own.items()}
        return {name: t.to(self.loop.classifier.mean.device) for name, t in state.items()}

    def step(self, state: State, active: Tensor) -> Tensor:
        """Move, and keep what is at a stop; done at the last one."""
        own = {n.removeprefix(OWN): tensor for n, tensor in state.items() if n.startswith(OWN)}
        scored = self.loop.evaluated(state)
        own["deficit"] = self.loop.criterion.deficit(scored.logits, scored.score, state["class"])
        moved, _ = self.loop.update.step(state["image"], scored.gradient, own)
        overwrite(state["image"], moved, active)
        state["steps"] += active
        stops = torch.tensor(self.stops, device=active.device)
        due = active[:, None] & (state["steps"][:, None] == stops)
        chosen = due[:, :, None, None, None]
        state["kept"].copy_(torch.where(chosen, state["image"][:, None], state["kept"]))
        return state["steps"] >= self.stops[-1]

    def finish(self, item: Ended, state: State) -> Ended:
        kept = state["kept"].cpu().contiguous().numpy()
        stops = dict(zip(self.stops, kept, strict=True))
        return item._replace(result=replace(item.result, stops=stops))

    def remaining(self, state: State) -> Tensor:
        """Steps to the last stop."""
        return (self.stops[-1] - state["steps"]).float()
