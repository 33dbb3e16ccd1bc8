"""Additivity: whether two cells count for what each of them counts alone.

    sum over pairs |D_ab - D_a - D_b| / sum over pairs (|D_a| + |D_b|)

D is the drop of the score where a cell, or both of a pair, are blanked. 0 for a network that adds
up its cells, as any map of single pixels suggests it does; what is beyond is what no such map can
show: cells that stand in for one another (the pair's drop is larger) or work only together
(smaller). *Near* pairs have a common edge, *far* ones are at least half the grid apart in one
direction, where the dependence is beyond a small receptive field. D_ab - D_a - D_b is the
interaction of two players in the sense of Grabisch, Roubens 1999, "An axiomatic approach to the
concept of interaction among players in cooperative games", in the coalition of all other cells.

It says something of the network, not of a map, so it is taken on runs of the method `occlusion`
alone, whose map holds the single drops and which says the grid and the fill. The pairs are drawn
for each photograph from the seed, and are the same for all models.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.randomness import generator
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.slots import State, map_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.cells import cell_sums, grid
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import scores_of
from inputgrad.saliency.fills import FILLS
from inputgrad.saliency.occlusions import METHOD, grid_size
from inputgrad.saliency.parameters import Fill
from inputgrad.tables.columns import Column

COLUMNS = (
    Column(
        name="interaction_near",
        kind="real",
        low=0,
        meaning="How far the drop of two cells blanked together is from the sum of their drops, "
        "as a share of these: cells with a common edge; 0 where drops add up.",
    ),
    Column(
        name="interaction_far",
        kind="real",
        low=0,
        meaning="The same for cells at least half the grid apart.",
    ),
)

Pair = tuple[int, int]  # numbers of two cells, row by row


class Parameters(Settings):
    """How many pairs are blanked."""

    pairs: int = Field(
        8, ge=1, le=1000, description="Near pairs and far pairs, each; one forward for each pair."
    )


class Pairs(NamedTuple):
    """The pairs of one photograph."""

    near: list[Pair]
    far: list[Pair]


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each outcome of the method `occlusion`, none for others.

    Null where no cell of the pairs has a drop, or the grid is too small for a pair.
    """
    for outcome in outcomes:
        if outcome.item.run.method != METHOD:
            yield []
            continue
        pairs = drawn(outcome, pairs=parameters.pairs, seed=tools.seed)
        together = _drops(outcome, [*pairs.near, *pairs.far], tools)
        alone = cell_sums(outcome.arrays["map"], grid_size(outcome)).ravel()
        row = {
            f"interaction_{name}": interaction(
                alone, own, list(itertools.islice(together, len(own)))
            )
            for name, own in pairs._asdict().items()
        }
        yield [Record(row)]


def interaction(
    alone: Sequence[float] | NDArray[np.float64], pairs: Sequence[Pair], together: Sequence[float]
) -> float | None:
    """The share above from the drops of single cells and of pairs; None where it has no base."""
    sums = [(float(alone[a]), float(alone[b])) for a, b in pairs]
    base = sum(abs(a) + abs(b) for a, b in sums)
    beyond = sum(abs(both - a - b) for both, (a, b) in zip(together, sums, strict=True))
    return beyond / base if base > 0 else None


@cache
def candidates(cells: int) -> Pairs:
    """All near and all far pairs of a grid."""
    pairs = list(itertools.combinations(range(cells * cells), 2))
    apart = [_apart(pair, cells) for pair in pairs]
    near = [pair for pair, (down, right) in zip(pairs, apart, strict=True) if down + right == 1]
    least = max(2, -(-cells // 2))
    far = [pair for pair, steps in zip(pairs, apart, strict=True) if max(steps) >= least]
    return Pairs(near, far)


def _apart(pair: Pair, cells: int) -> tuple[int, int]:
    """Rows and columns between two cells."""
    (top, left), (bottom, right) = (divmod(cell, cells) for cell in pair)
    return abs(bottom - top), abs(right - left)


def drawn(outcome: Outcome, *, pairs: int, seed: int) -> Pairs:
    """At most so many near and far pairs, from the seed and the photograph alone."""
    stream = generator(seed, outcome.item.image.image_id, "cell pairs")
    known = candidates(grid_size(outcome))
    orders = [torch.randperm(len(own), generator=stream).tolist() for own in known]
    near, far = ([own[i] for i in order[:pairs]] for own, order in zip(known, orders, strict=True))
    return Pairs(near, far)


def _drops(outcome: Outcome, pairs: Sequence[Pair], tools: Tools) -> Iterator[float]:
    """The drop of each pair, in batches of constant shape."""
    item, device = outcome.item, tools.classifier.mean.device
    image = to_tensor(item.image.pixels)
    boxes = [*grid(image.shape[1], image.shape[2], item.run.parameters.cells)]
    target = torch.tensor(item.image.label, device=device)

    def load(pair: Pair) -> State:
        mask = torch.zeros(image.shape[1:], dtype=torch.bool)
        for top, left, bottom, right in (boxes[cell] for cell in pair):
            mask[top:bottom, left:right] = True
        return {"image": image.to(device), "target": target, "mask": mask.to(device)}

    blank = partial(_blanked_scores, tools.classifier, item.run.parameters.fill)
    for state in map_slots(load, blank, pairs, slots=tools.slots):
        yield outcome.rows[0]["score"] - float(state["score"])


def _blanked_scores(classifier: Classifier, fill: Fill, state: State) -> State:
    filled = FILLS[fill](state["image"])
    blanked: Tensor = torch.where(state["mask"][:, None], filled, state["image"])
    return {"score": scores_of(classifier, blanked, state["target"]).score}
