"""Why an attack failed: a code from how score and deficit went, after Pintor et al. 2022.

Their indicators ask, among others, whether the gradient is there at all, whether the loss is noisy
and whether the attack was still converging when it ended ("Indicators of attack failure", section
3). Here, of a score that is climbed and the deficit that still separates it from fooling the model:

    zero_gradient      at half of the evaluations or more nothing could rise: no gradient
    oscillates         the deficit rose in `OFTEN` of the iterations or more, and fell in as many
    rival_rises        in the second half the score rose and the deficit did not fall
    stuck              in the second half neither moved the right way: a ball or a plateau
    budget_too_small   the deficit was still falling
"""

from __future__ import annotations

import torch
from torch import Tensor

from inputgrad.engine.slots import State

OFTEN = 0.25
PREFIX = "failure."


def begun() -> State:
    """What is remembered of one attack."""
    nowhere = torch.tensor(torch.nan)
    names = ("deficit", "score", "half_deficit", "half_score")
    return {PREFIX + name: nowhere.clone() for name in names} | {
        PREFIX + "rises": torch.tensor(0),
        PREFIX + "falls": torch.tensor(0),
        PREFIX + "still": torch.tensor(0),
        PREFIX + "looks": torch.tensor(0),
    }


def note(
    state: State, deficit: Tensor, score: Tensor, *, still: Tensor, early: Tensor, rows: Tensor
) -> None:
    """Remember an evaluation of the given rows; all (N,).

    still: the gradient is zero, where it is known. early: in the first half of the iterations.
    """
    state[PREFIX + "still"] += rows & still
    state[PREFIX + "falls"] += rows & (deficit < state[PREFIX + "deficit"])
    state[PREFIX + "rises"] += rows & (deficit > state[PREFIX + "deficit"])
    state[PREFIX + "looks"] += rows
    for name, new in (("deficit", deficit), ("score", score)):
        present, half = state[PREFIX + name], state[f"{PREFIX}half_{name}"]
        torch.where(rows, new.float(), present, out=present)
        torch.where(rows & early, new.float(), half, out=half)


def code(state: State) -> str:
    """The code of one attack that failed."""
    found = {n.removeprefix(PREFIX): float(t) for n, t in state.items() if n.startswith(PREFIX)}
    moves = max(1.0, found["looks"] - 1)
    if found["still"] >= moves / 2:
        return "zero_gradient"
    if min(found["rises"], found["falls"]) >= OFTEN * moves:
        return "oscillates"
    if found["deficit"] < found["half_deficit"]:
        return "budget_too_small"
    return "rival_rises" if found["score"] > found["half_score"] else "stuck"
