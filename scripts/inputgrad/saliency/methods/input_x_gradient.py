"""Input times gradient: what each pixel contributes to the score, to first order.

    M(c, i, j) = x(c, i, j) * dS_y / dx(c, i, j),  S_y the logit of class y

Shrikumar, Greenside, Shcherbina, Kundaje 2016, "Not just a black box: learning important features
through propagating activation differences" (arXiv 1605.01713); compared with DeepLIFT by
Shrikumar, Greenside, Kundaje 2017 (arXiv 1704.02685). Summed over pixels and colours it is the
linear estimate of S_y(x) - S_y(0).

The image x is in [0, 1], as everywhere here, so the baseline 0 is black, the usual baseline of
integrated gradients. Deviation: where images are normalised outside of the network, the normalised
image is multiplied, whose 0 is the mean colour. Black pixels count there and pixels of the mean
colour do not; here black pixels do not count. The map is signed; `reduction: sum` keeps the sign.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.randomness import Noise
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters


class Parameters(SaliencyParameters):
    """Input times gradient has nothing else to set."""


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Signed maps (N, 3, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1]."""
    del parameters, noise
    scored = score_and_gradient(classifier, images, targets)
    return Attribution(images * scored.gradient, scored)


def _black(classifier: Classifier, images: Tensor) -> Tensor:
    del classifier
    return torch.zeros_like(images)


# what a map is relative to, for the measure of completeness
BASELINES: dict[str, Callable[[Classifier, Tensor], Tensor]] = {"black": _black}
