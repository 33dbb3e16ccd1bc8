"""Drops of the score where boxes are blanked, and outcomes of the method `occlusion`."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from inputgrad.engine.records import Outcome
from inputgrad.errors import ConfigError
from inputgrad.images.cells import Box
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import scores_of
from inputgrad.saliency.fills import FILLS
from inputgrad.saliency.parameters import Fill

METHOD = "occlusion"


def grid_size(outcome: Outcome) -> int:
    """Cells along each side of an occlusion; ConfigError where a map holds no drops of cells."""
    run = outcome.item.run
    if run.method != METHOD or getattr(run.parameters, "blur", 0):
        raise ConfigError(
            f"the run {run.name!r} is no plain occlusion, whose map holds the drops of cells; "
            f"expected one of the method {METHOD!r} without blur"
        )
    return int(run.parameters.cells)


def drops_of(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    whole: Tensor,
    blanks: Iterable[Iterable[Box]],
    *,
    fill: Fill,
) -> Tensor:
    """(N, number of blanks): by how much the scores of `targets` fall when boxes are blanked.

    images: (N, 3, H, W) in [0, 1]; whole: their scores (N,); blanks: the boxes that each forward
    pass blanks.
    """
    filled = FILLS[fill](images)
    drops = []
    for boxes in blanks:
        blanked = images.clone()
        for top, left, bottom, right in boxes:
            blanked[:, :, top:bottom, left:right] = filled[:, :, top:bottom, left:right]
        drops.append(whole - scores_of(classifier, blanked, targets).score)
    return torch.stack(drops, dim=1)
