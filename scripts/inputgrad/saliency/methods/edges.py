"""Edges: how strongly the brightness changes, a control that sees the photograph and no network.

    M = √(G_x² + G_y²),  G_x = [1 2 1]ᵀ [-1 0 1] * Y,  G_y its transpose * Y

the Sobel operator (Sobel and Feldman 1968; Duda and Hart 1973, section 7.3) on the luma
Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, as Pillow's `L`), edge pixels repeated beyond the
edge. Many saliency maps resemble an edge detector, which explains no decision (Adebayo et al. 2018,
"Sanity checks for saliency maps"): a method must beat it.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters

LUMA = (0.299, 0.587, 0.114)


class Parameters(SaliencyParameters):
    """The edges have nothing else to set."""


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Gradient magnitudes (N, H, W) of the luma of images (N, 3, H, W) in [0, 1], in [0, 4√2]."""
    del classifier, targets, parameters, noise
    red, green, blue = images.unbind(dim=1)
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    around = pad(luma[:, None], (1, 1, 1, 1), "replicate")[:, 0]
    down, across = _sobel(around), _sobel(around.mT).mT
    return Attribution((down.square() + across.square()).sqrt())


def _sobel(around: Tensor) -> Tensor:
    """(N, H, W): three rows below less above, of (N, H + 2, W + 2), weighted 1 2 1 across."""
    change = around[:, 2:] - around[:, :-2]
    return change[:, :, :-2] + 2 * change[:, :, 1:-1] + change[:, :, 2:]
