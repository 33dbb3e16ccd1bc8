"""The ascent as a procedure for the slot engine; it knows of no objective, setting or method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.class_visualization.parts import Beginning, Parts, PullBack, Rows, by_row
from inputgrad.engine.records import ClassItem
from inputgrad.engine.rows import finite, overwrite
from inputgrad.engine.slots import State, worth_doing
from inputgrad.models.classifier import Classifier


@dataclass(frozen=True)
class Ascended:
    """The end of one ascent.

    moments: the K iterations at which an image was kept, ascending, the last one made included.
    images: (K, 3, S, S) normalised.
    diverged: a step led to values that are not finite; it was not made, and the ascent ended.
    """

    moments: list[int]
    images: NDArray[np.float32]
    diverged: bool


def moments(item: ClassItem) -> list[int]:
    """Iterations whose image is kept, ascending, the last one included."""
    last = item.run.parameters.iterations
    return sorted({m for m in item.run.parameters.snapshots if m < last} | {last})


class ClassAscent:
    """Procedure whose items are positions in `items`: one step of every slot a step."""

    def __init__(
        self, classifier: Classifier, items: Sequence[ClassItem], parts: Parts, *, seed: int
    ) -> None:
        self._items, self._parts, self._seed = items, parts, seed
        self._size, self._device = classifier.input_size, classifier.mean.device
        self._turns = max(item.run.parameters.iterations for item in items)
        self._kept = max(len(moments(item)) for item in items)

    def start(self, item: int) -> State:
        """First parameters, every part's own tensors, and room for the kept images."""
        work, kept = self._items[item], moments(self._items[item])
        beginning = Beginning(work, item, self._turns, self._seed)
        parameters = self._parts.parameterization.start(beginning)
        beginning = replace(beginning, parameters=parameters)
        size = self._size
        state = {
            "parameters": parameters,
            "item": torch.tensor(item),
            "class": torch.tensor(work.class_index),
            "iteration": torch.tensor(0),
            "iterations": torch.tensor(kept[-1]),
            "diverged": torch.tensor(False),
            "moments": torch.tensor([*kept, *[-1] * (self._kept - len(kept))]),
            "kept": torch.zeros(self._kept + 1, 3, size, size),  # the last row is never read
        }
        for name, part in self._parts.named().items():
            state |= {f"{name}: {own}": t for own, t in part.start(beginning).items()}
        state = {name: tensor.to(self._device) for name, tensor in state.items()}
        if kept[0] == 0:
            state["kept"][0] = self._parts.parameterization.image(parameters[None])[0][0]
        return state

    def step(self, state: State, active: Tensor) -> Tensor:
        """Look, climb, project, edit where due; keep the image where due.

        A row whose step would not be finite stays where it is and is done.
        """
        parts, parameters = self._parts, state["parameters"]
        images, to_parameters = parts.parameterization.image(parameters)
        gradient = self._slope(images, state)
        for number, penalty in enumerate(parts.penalties):
            rows = self._rows(state, f"penalty {number}")
            gradient = gradient + penalty.gradient(images, rows)
        rows = self._rows(state, "optimizer")
        moved, own = parts.optimizer.step(parameters, to_parameters(gradient), rows)
        sound = active & finite(moved)
        moved = self._edited(parts.parameterization.project(moved), state, sound)
        overwrite(parameters, moved, sound)
        for name, tensor in own.items():
            overwrite(state[f"optimizer: {name}"], tensor, sound)
        state["iteration"] += sound
        state["diverged"] |= active & ~sound
        done = (state["iteration"] >= state["iterations"]) | state["diverged"]
        self._keep(state, active)
        return done

    def _rows(self, state: State, part: str) -> Rows:
        prefix = f"{part}: "
        own = {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
        turn = state["iteration"].clamp(max=self._turns - 1)
        return Rows(state["item"], state["class"], turn, own)

    def _slope(self, images: Tensor, state: State) -> Tensor:
        """Gradient of the objective at the transformed images, with respect to `images`."""
        back: list[PullBack] = []
        for number, transform in enumerate(self._parts.transforms):
            images, pull_back = transform.view(images, self._rows(state, f"transform {number}"))
            back.append(pull_back)
        gradient = self._parts.objective.gradient(images, self._rows(state, "objective"))
        for pull_back in reversed(back):
            gradient = pull_back(gradient)
        return gradient

    def _edited(self, parameters: Tensor, state: State, active: Tensor) -> Tensor:
        to_and_from = self._parts.parameterization
        for number, edit in enumerate(self._parts.edits):
            rows = self._rows(state, f"edit {number}")
            if worth_doing(due := active & edit.due(rows)):
                images = edit.edited(to_and_from.image(parameters)[0], due, rows)
                edited = to_and_from.parameters(images)
                parameters = torch.where(by_row(due, edited), edited, parameters)
        return parameters

    def _keep(self, state: State, active: Tensor) -> None:
        """Write the images of this iteration to their places, others to the unread row.

        An ascent that ends early has its last image at the place of the last one planned.
        """
        now = torch.where(state["diverged"], state["iterations"], state["iteration"])
        match = (state["moments"] == now[:, None]) & active[:, None]
        if worth_doing(match):
            places = torch.arange(self._kept, device=match.device)
            place = torch.where(match, places, self._kept).amin(dim=1)
            rows = torch.arange(len(match), device=match.device)
            images, _ = self._parts.parameterization.image(state["parameters"])
            state["kept"][rows, place] = images

    def finish(self, item: int, state: State) -> Ascended:
        """The kept images."""
        planned, reached = moments(self._items[item]), int(state["iteration"])
        before = [moment for moment in planned[:-1] if moment < reached]
        places = [*range(len(before)), len(planned) - 1]
        return Ascended(
            moments=[*before, reached],
            images=state["kept"][places].cpu().numpy(),
            diverged=bool(state["diverged"]),
        )

    def remaining(self, state: State) -> Tensor:
        """Exactly the steps that are left."""
        return state["iterations"] - state["iteration"]
