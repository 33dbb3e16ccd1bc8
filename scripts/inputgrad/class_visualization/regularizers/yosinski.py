"""Decay and the clipping of small pixels, after every step (Yosinski et al. 2015, section 3).

    x <- (1 - theta) * x;   then x_p <- 0 where |x_p| is below the given quantile of the image

|x_p| is the norm over the colours of pixel p of the normalised image, so 0 is the mean colour.
The third regulariser of the paper, the blur, has a module of its own; the fourth, the clipping of
pixels with small contribution, is left out: it needs another gradient in every step.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless, by_row, setting
from inputgrad.models.classifier import Classifier


class Decay(Stateless):
    """Multiplication by 1 - `rate` (theta) of each item after every step."""

    def __init__(self, rate: Sequence[float], classifier: Classifier) -> None:
        self._rate = setting(rate, classifier.mean)

    def due(self, rows: Rows) -> Tensor:
        """Rows with a rate."""
        return self._rate[rows.item] > 0

    def edited(self, images: Tensor, due: Tensor, rows: Rows) -> Tensor:
        """The rows `due`, nearer to the mean colour."""
        shrunk = by_row(1 - self._rate[rows.item], images) * images
        return torch.where(by_row(due, images), shrunk, images)


class ClipSmall(Stateless):
    """The given `share` of pixels, those with the smallest norm, becomes the mean colour."""

    def __init__(self, share: Sequence[float], classifier: Classifier) -> None:
        pixels = classifier.input_size**2
        ranks = [min(pixels - 1, int(s * pixels)) for s in share]
        self._rank = setting(ranks, classifier.mean, dtype=torch.int64)

    def due(self, rows: Rows) -> Tensor:
        """Rows that clip at least one pixel."""
        return self._rank[rows.item] > 0

    def edited(self, images: Tensor, due: Tensor, rows: Rows) -> Tensor:
        """The rows `due` without their smallest pixels."""
        red, green, blue = images.square().unbind(1)
        norms = red + green + blue
        ranked = norms.flatten(1).sort(dim=1).values
        limit = ranked.gather(1, self._rank[rows.item][:, None])[:, 0]
        kept = norms >= by_row(limit, norms)
        return torch.where(by_row(due, images) & ~kept[:, None], 0.0, images)
