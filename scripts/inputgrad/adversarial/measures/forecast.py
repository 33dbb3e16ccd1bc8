"""Forecast of the iterations from the photograph alone, with the slopes of the rivals in it.

    t = max over k with S_k > S_j of (S_k - S_j) / (d_j - d_k),  d_k = S_k'(x; eta * s * h / |h|_2)

S_j the target's logit, d_k by how much one step of the attack changes the logit of class k to first
order. The column `predicted_iterations` holds all rivals still (d_k = 0) and is another number even
for a linear network, whose classes share parts of their gradients; this one is exact there, as long
as no clip cuts a step short and no class overtakes that was behind. Missing where a rival ahead
rises as fast as the target, without a target, and for attacks other than `gradient_ascent`.

The slopes of all 1000 logits along one direction are a central difference over `SHARE` of a step to
either side, exact where the network is linear between: a forward pass each. Of a short step it is
over `NEAREST` to either side, lest the difference of the logits be lost in float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from inputgrad.adversarial.objectives import OBJECTIVES
from inputgrad.config.settings import Settings
from inputgrad.engine.gradients import l2_norms, unit
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.scoring import Logits
from inputgrad.engine.slots import State, map_slots
from inputgrad.engine.tools import Tools
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

METHOD = "gradient_ascent"
SHARE = 1 / 16
NEAREST = 1 / 64  # L2 in [0, 1] units

COLUMNS = (
    Column(
        name="forecast_iterations",
        kind="real",
        unit="iterations",
        low=0,
        meaning="Linear guess at the photograph with the slopes of all logits: when the last rival "
        "ahead is caught up with; null where one rises as fast as the target, without a target, "
        "and for attacks other than `gradient_ascent`.",
    ),
)


class Parameters(Settings):
    """There is nothing to set."""


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """One record for each attacked photograph, none for the others."""
    del parameters
    by_objective: dict[str, list[int]] = {}
    for position, outcome in enumerate(outcomes):
        if _is_foretold(outcome):
            objective = outcome.item.run.parameters.objective
            by_objective.setdefault(objective, []).append(position)
    forecasts: dict[int, float | None] = {}
    for objective, positions in by_objective.items():
        chosen = [outcomes[position] for position in positions]
        forecasts |= dict(zip(positions, _forecasts(chosen, objective, tools), strict=True))
    for position, outcome in enumerate(outcomes):
        row = {"forecast_iterations": forecasts.get(position)}
        yield [Record(row)] if "image" in outcome.arrays else []


def _is_foretold(outcome: Outcome) -> bool:
    attacked, run = "image" in outcome.arrays, outcome.item.run
    return attacked and run.method == METHOD and outcome.rows[0]["target"] is not None


def _forecasts(outcomes: Sequence[Outcome], objective: str, tools: Tools) -> Iterator[float | None]:
    classifier = tools.classifier
    device, ascend = classifier.mean.device, OBJECTIVES[objective]

    def load(outcome: Outcome) -> State:
        chosen = outcome.item.run.parameters
        normalized = chosen.space == "normalized"
        scale = classifier.std[0] if normalized else torch.ones_like(classifier.std[0])
        return {
            "image": to_tensor(outcome.item.image.pixels).to(device),
            "class": torch.tensor(int(outcome.rows[0]["target"]), device=device),
            "scale": float(chosen.eta) * scale,
            "colours": scale,
        }

    def compute(state: State) -> State:
        scored = ascend(classifier, state["image"], state["class"])
        step = state["scale"] * unit(scored.gradient * state["colours"])
        return {"logits": scored.logits, "slopes": slopes(classifier, state["image"], step)}

    found = map_slots(load, compute, outcomes, slots=tools.slots)
    for outcome, row in zip(outcomes, found, strict=True):
        target = int(outcome.rows[0]["target"])
        yield forecast(row["logits"].cpu().numpy(), row["slopes"].cpu().numpy(), target)


def slopes(classifier: Classifier, images: Tensor, step: Tensor) -> Tensor:
    """By how much a step (N, 3, H, W) changes each logit to first order, (N, 1000)."""
    lengths = l2_norms(step)
    share = torch.where(lengths > 0, (NEAREST / lengths).clamp(min=SHARE), SHARE)
    aside = share.to(step.dtype).view(-1, 1, 1, 1) * step
    with torch.no_grad():
        there: Tensor = classifier(images + aside).double()
        back: Tensor = classifier(images - aside).double()
    return (there - back) / (2 * share).view(-1, 1)


def forecast(logits: Logits, rises: Logits, target: int) -> float | None:
    """Steps until the target has caught up with every class ahead of it; None where it never has.

    0 where it is predicted already.
    """
    ahead = np.flatnonzero(logits > logits[target])
    deficits = logits[ahead].astype(np.float64) - float(logits[target])
    closing = float(rises[target]) - rises[ahead].astype(np.float64)
    if (closing <= 0).any():
        return None
    return float((deficits / closing).max(initial=0.0))
