"""What every saliency method returns, and how its colours are reduced to one value a pixel.

A method gives what it attributes to each input, with its sign. The reduction over the colours is
a step of its own (`parameters.reduction`): `max_abs` as in Simonyan, Vedaldi, Zisserman 2014,
section 3.1, or `sum`, under which a map still adds up to what its inputs do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from inputgrad.engine.gradients import ScoredGradient, max_abs
from inputgrad.models.classifier import Classifier, TargetScores
from inputgrad.saliency.parameters import Reduction


class Attribution(NamedTuple):
    """What a method makes of a batch of images.

    maps: (N, 3, H, W), or (N, H, W) of a method that does not tell colours apart; signed where
        the method has a sign.
    scored: the scores at the images themselves if the method needed them anyway, with their
        gradients where it needed those, so that nothing is computed twice; else None.
    """

    maps: Tensor
    scored: ScoredGradient | TargetScores | None = None


def _sum(maps: Tensor) -> Tensor:
    return maps.sum(dim=1)


REDUCTIONS: dict[Reduction, Callable[[Tensor], Tensor]] = {"max_abs": max_abs, "sum": _sum}


def reduce_colours(maps: Tensor, reduction: Reduction) -> Tensor:
    """Maps (N, 3, H, W), or (N, H, W) as of a single colour, to (N, H, W) float32.

    Contiguous, as a map is that was stored: sums over a map depend on its layout in the last bits.
    """
    colours = maps if maps.dim() == 4 else maps.unsqueeze(1)
    return REDUCTIONS[reduction](colours.detach()).to(torch.float32).contiguous()


def scores_of(classifier: Classifier, images: Tensor, targets: Tensor) -> TargetScores:
    """Scores of `targets` (N,) at images (N, 3, H, W) in [0, 1], one forward pass."""
    with torch.no_grad():
        return classifier.score_targets(classifier.normalize(images), targets)
