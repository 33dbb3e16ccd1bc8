"""Targeted gradient ascent on the score of the class that is to be predicted.

    x <- clip(x + eta * g / |g|_2, 0, 1),  g = dS_target / dx,  S the logit

repeated until the target is predicted (the rule of the practical work, after Szegedy et al. 2014,
who minimise |r| + loss by L-BFGS instead). Every step has the same length eta in L2, so the path
is at most eta * iterations long.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from inputgrad.config.settings import Field, Settings
from inputgrad.engine.gradients import unit


class Parameters(Settings):
    """Step length, budget, and how precise the steps are."""

    eta: float = Field(0.25, gt=0, le=100, description="Length of a step, L2 norm in [0, 1] units.")
    budget: int = Field(
        100, ge=1, le=100_000, description="Most steps; an image not fooled by then is censored."
    )
    search_precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Of the steps; with `bfloat16` (fast where the processor multiplies in it) "
        "every success is verified and every number reported in float32.",
    )


def update(images: Tensor, gradients: Tensor, eta: Tensor) -> Tensor:
    """Next images (N, 3, H, W) in [0, 1]; `eta` is (N,), one step length for each row."""
    return (images + eta.view(-1, 1, 1, 1) * unit(gradients)).clamp_(0, 1)
