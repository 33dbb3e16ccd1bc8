"""Questions: one photograph, asked again under noise and for other classes, to be looked at (Q2).

Numbers of all photographs are in `stability` and `class_sensitivity`; this keeps pictures of what
they compare. Of the photographs of a cell that are classified rightly, of the first by name:

    questions/picture                 uint8 (S, S, 3)
    questions/map, runner_up, other   float32 (S, S): for the label, for the class of the highest
                                      other logit, and for one drawn at random
    questions/classes                 int64 (3,), these classes
    questions/rhos                    float64 (2,), Spearman of the last two maps with the first,
                                      NaN where one is constant
    questions/noisy, noisy_rho        float32 (S, S) and float64 (1,): under the first noise, of
                                      those that `stability` draws, that keeps the prediction
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.records import Outcome, Record
from inputgrad.engine.tools import Tools
from inputgrad.images.maps import Map, rank_correlation
from inputgrad.saliency.asking import noisy_copies, other_classes
from inputgrad.saliency.explain import explained
from inputgrad.saliency.rightly import is_right

WHOLE_CELLS = True
COLUMNS = ()


class Parameters(Settings):
    """How much noise is added, and how often it is tried."""

    noise_sd: float = Field(
        0.02, gt=0, le=0.5, description="Standard deviation of the noise, in [0, 1] units."
    )
    copies: int = Field(
        3, ge=1, le=100, description="Noisy copies, of which the first that counts is kept."
    )


def measure(
    outcomes: Sequence[Outcome], parameters: Parameters, tools: Tools
) -> Iterator[list[Record]]:
    """An empty record of each map, with pictures for one of them, which take `copies` + 2 maps."""
    right = {outcome.item.image.image_id: outcome for outcome in outcomes if is_right(outcome)}
    shown = right[min(right)] if right else None
    for outcome in outcomes:
        yield [Record({}, _kept(outcome, parameters, tools) if outcome is shown else {})]


def _kept(outcome: Outcome, parameters: Parameters, tools: Tools) -> dict[str, NDArray[Any]]:
    asked = outcome.arrays["map"]
    any_class, next_best = other_classes(outcome, seed=tools.seed)
    noisy = noisy_copies(
        outcome, noise_sd=parameters.noise_sd, copies=parameters.copies, seed=tools.seed
    )
    other, runner_up, *copies = explained(tools, [any_class, next_best, *noisy])
    counted = [one.map for one in copies if one.prediction == outcome.rows[0]["prediction"]]
    classes = [outcome.item.image.label, next_best.target, any_class.target]
    kept = {
        "questions/picture": outcome.item.image.pixels,
        "questions/map": asked,
        "questions/runner_up": runner_up.map,
        "questions/other": other.map,
        "questions/classes": np.array(classes),
        "questions/rhos": _agreements(asked, runner_up.map, other.map),
    }
    if counted:
        kept |= {
            "questions/noisy": counted[0],
            "questions/noisy_rho": _agreements(asked, counted[0]),
        }
    return kept


def _agreements(first: Map, *others: Map) -> NDArray[np.float64]:
    found = [rank_correlation(first, other) for other in others]
    return np.array([np.nan if rho is None else rho for rho in found])
