"""What every saliency method returns: its maps and the gradient that it evaluated at the image."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from inputgrad.engine.gradients import ScoredGradient


class Attribution(NamedTuple):
    """Maps (N, H, W), non-negative, and the scores and gradients behind them."""

    maps: Tensor
    scored: ScoredGradient
