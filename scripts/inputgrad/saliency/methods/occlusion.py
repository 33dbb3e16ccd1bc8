"""Occlusion: how much the score drops when one cell of the photograph is blanked.

    M(p) = (S_y(x) - S_y(x with cell k blanked)) / |k|,  p a pixel of cell k of |k| pixels

so the sum of a map over a cell is the cell's drop. Zeiler and Fergus 2014, "Visualizing and
understanding convolutional networks", section 4.2, slide a grey square over the image. Deviations:
the squares are the cells of a grid, each blanked once, and the blank is the photograph's own mean
colour or its blurred self, see `saliency/fills.py`. Only forward passes, one for each cell and one
for the photograph. S_y is the score as everywhere: where SqueezeNet's logit is exactly zero, that
which replaces it. The map is signed: the score rises where a cell speaks for another class.

For a linear score the drop of a cell is the sum over it of (input - fill) x gradient.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.images.cells import grid
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution, scores_of
from inputgrad.saliency.occlusions import drops_of
from inputgrad.saliency.parameters import Fill, SaliencyParameters


class Parameters(SaliencyParameters):
    """The grid, and what blanks a cell."""

    reduction: Literal["sum"] = Field(
        "sum", description="The map has one signed value a pixel, which is kept."
    )
    cells: int = Field(
        8, ge=2, le=64, description="Cells along each side; the cost is their square in forwards."
    )
    fill: Fill = Field(
        "mean",
        description="What a blanked cell shows: `mean`, the photograph's mean colour; `blur`, the "
        "photograph blurred (sigma a sixteenth of its side).",
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Signed maps (N, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1]."""
    del noise
    boxes = [*grid(images.shape[2], images.shape[3], parameters.cells)]
    scored = scores_of(classifier, images, targets)
    blanks = [[box] for box in boxes]
    drops = drops_of(classifier, images, targets, scored.score, blanks, fill=parameters.fill)
    maps = images.new_zeros(len(images), *images.shape[2:])
    for box, drop in zip(boxes, drops.unbind(dim=1), strict=True):
        maps[:, box.top : box.bottom, box.left : box.right] = (drop / box.area)[:, None, None]
    return Attribution(maps, scored)
