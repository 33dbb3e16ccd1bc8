"""What an ascent is made of, and what its parts may know of each other: images and gradients.

As in lucid (Olah, Mordvintsev and Schubert 2017, "Feature Visualization") an ascent has five
kinds of parts. With parameters p, image x(p), transforms T, objective S and penalties R one step is

    p <- E(P(optimizer(p, g))),   g = (dx/dp)' [ T' dS/dT(x) - dR/dx ]

where P projects the parameters onto those of possible images and E are edits of the image between
two steps, such as a blur. A prime is the adjoint: a part that maps x to y also returns the
function that pulls a gradient with respect to y back to x.

All images here are *normalised*, (N, 3, S, S) with zero mean and unit variance by channel. A part
works on a whole batch. It is made from the settings of all items of the batch, one value for each,
so rows of different settings share a batch; `Rows.item` says whose row it is. What a part has to
remember of one item are tensors of fixed shape, given by `start` and handed back as `Rows.own`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from inputgrad.engine.randomness import generator
from inputgrad.engine.records import ClassItem
from inputgrad.engine.slots import State

PullBack = Callable[[Tensor], Tensor]
NOTHING: State = {}


@dataclass(frozen=True)
class Beginning:
    """An item before its first step.

    position: of the item among those of the batch, and so among a part's settings.
    turns: steps of the batch's longest ascent; what is drawn for each step has one shape.
    parameters: the first parameters, once the parameterisation has given them.
    """

    item: ClassItem
    position: int
    turns: int
    seed: int
    parameters: Tensor | None = None

    def stream(self, purpose: str) -> torch.Generator:
        """Random numbers of this class for one purpose, the same in every run."""
        return generator(self.seed, self.item.class_index, purpose)


class Rows(NamedTuple):
    """The rows of the batch in this step, as a part sees them.

    item: (N,) int64, position of the row's item among the settings that the part was made from.
    class_index: (N,) int64.
    turn: (N,) int64, number of the step, from 0.
    own: the part's tensors, with a leading slot dimension.
    """

    item: Tensor
    class_index: Tensor
    turn: Tensor
    own: State = NOTHING


class Stateless:
    """A part that has nothing to remember of an item."""

    def start(self, beginning: Beginning) -> State:
        """No tensors."""
        del beginning
        return {}


class Part(Protocol):
    """Any part but the parameterisation, whose state are the parameters."""

    def start(self, beginning: Beginning) -> State:
        """The part's tensors for one item, without a slot dimension."""


class Objective(Part, Protocol):
    """What is climbed."""

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """Gradient (N, 3, S, S) of the objective with respect to `images`."""


class Parameterization(Protocol):
    """What the optimiser changes, a tensor of any shape, and the image that it represents."""

    def start(self, beginning: Beginning) -> Tensor:
        """Parameters of one item's start: noise, or a photograph."""

    def image(self, parameters: Tensor) -> tuple[Tensor, PullBack]:
        """Images (N, 3, S, S) of `parameters`, and the adjoint of the map at this place."""

    def parameters(self, images: Tensor) -> Tensor:
        """Parameters of given images: the inverse of `image`."""

    def project(self, parameters: Tensor) -> Tensor:
        """The nearest parameters of an image that can exist."""


class Transform(Part, Protocol):
    """A random view of the image, so that no pattern depends on one position, size or angle."""

    def view(self, images: Tensor, rows: Rows) -> tuple[Tensor, PullBack]:
        """What the network sees, and the adjoint of the map from `images` to it."""


class Penalty(Part, Protocol):
    """A term of the objective that looks at the image itself, not at a view of it."""

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """Gradient (N, 3, S, S) of the term with its sign, as it is added to the objective's."""


class Edit(Part, Protocol):
    """A change of the image between two steps."""

    def due(self, rows: Rows) -> Tensor:
        """(N,) bool: which rows are edited after this step."""

    def edited(self, images: Tensor, due: Tensor, rows: Rows) -> Tensor:
        """`images` with the rows `due` edited; the others are not read."""


class Optimizer(Part, Protocol):
    """How a gradient becomes a step."""

    def step(self, parameters: Tensor, gradient: Tensor, rows: Rows) -> tuple[Tensor, State]:
        """New parameters, and those of the part's own tensors that change."""


@dataclass(frozen=True)
class Parts:
    """The parts of a batch; transforms, penalties and edits in the order of their use."""

    objective: Objective
    parameterization: Parameterization
    optimizer: Optimizer
    transforms: Sequence[Transform] = field(default=())
    penalties: Sequence[Penalty] = field(default=())
    edits: Sequence[Edit] = field(default=())

    def named(self) -> dict[str, Part]:
        """All parts with tensors of their own, each under a name for them."""
        several = {"transform": self.transforms, "penalty": self.penalties, "edit": self.edits}
        numbered = {f"{kind} {n}": p for kind, ps in several.items() for n, p in enumerate(ps)}
        return {"objective": self.objective, "optimizer": self.optimizer, **numbered}

    @property
    def kinds(self) -> tuple[type, ...]:
        """Classes of the parts: items whose parts are of the same kinds can share a batch."""
        return (type(self.parameterization), *map(type, self.named().values()))


def setting(values: Sequence[float], like: Tensor, *, dtype: torch.dtype = torch.float32) -> Tensor:
    """One number for each item of a batch, (items,), on the device of `like`."""
    return torch.tensor(values, dtype=dtype, device=like.device)


def by_row(values: Tensor, like: Tensor) -> Tensor:
    """(N,) values in the shape (N, 1, ...) that is broadcast over the rows of `like`."""
    return values.view(-1, *[1] * (like.dim() - 1))
