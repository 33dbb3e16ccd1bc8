"""Guided backpropagation: the gradient, in whose backward pass only what raises the score goes on.

    at every ReLU y = max(0, x):  g_x = g_y [x > 0] [g_y > 0]

Springenberg, Dosovitskiy, Brox, Riedmiller 2015, "Striving for simplicity: the all convolutional
net" (arXiv 1412.6806), section 3.4. The rule holds at every ReLU and ReLU6 (there [0 < x < 6]),
whether a module or a function, in place or not; see `models/rectifiers.py`. Captum's
`GuidedBackprop` knows the module `nn.ReLU` alone and returns elsewhere the plain gradient; on
networks of that module both give the same bits.

The map is signed (the first layer's weights are), but no gradient of anything: it hardly depends on
the class (Nie, Zhang, Patel 2018, arXiv 1805.07039) or on the upper layers' weights (Adebayo et al.
2018). At the last ReLU, SqueezeNet's class map, the gradient of the score is positive everywhere,
so the rule changes nothing there.
"""

from __future__ import annotations

from torch import Tensor

from inputgrad.engine.gradients import score_and_gradient
from inputgrad.engine.randomness import Noise
from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier, TargetScores
from inputgrad.models.rectifiers import GuidedRectifiers
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters

NEEDS = "relu"  # of a network, by `models.layers`


class Parameters(SaliencyParameters):
    """Guided backpropagation has nothing else to set."""


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Signed maps (N, 3, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1].

    Raises ModelError where the network has no ReLU.
    """
    del parameters, noise
    with GuidedRectifiers() as rectifiers:
        logits, score, guided, zero = score_and_gradient(classifier, images, targets)
    if not rectifiers.met:
        raise ModelError(f"guided_backprop: {classifier.architecture} has no ReLU")
    return Attribution(guided, TargetScores(logits, score, zero))
