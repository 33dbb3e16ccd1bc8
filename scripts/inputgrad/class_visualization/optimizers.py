"""How a gradient becomes a step: gradient ascent, plain or normalised.

    p <- p + eta * g    or    p <- p + eta * g / |g|

|g| is the L2 norm over all parameters of an image, so eta is then the length of a step in the
space of the parameters: pixels of the normalised image, or coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from inputgrad.class_visualization.parts import NOTHING, Rows, Stateless, by_row, setting
from inputgrad.engine.gradients import unit
from inputgrad.engine.slots import State
from inputgrad.models.classifier import Classifier


class Ascent(Stateless):
    """Plain ascent with the step size `eta` of each item."""

    def __init__(self, eta: Sequence[float], classifier: Classifier) -> None:
        self._eta = setting(eta, classifier.mean)

    def step(self, parameters: Tensor, gradient: Tensor, rows: Rows) -> tuple[Tensor, State]:
        """One step uphill; nothing is remembered."""
        return parameters + by_row(self._eta[rows.item], gradient) * gradient, NOTHING


class NormalizedAscent(Ascent):
    """Ascent by steps of the length `eta` of each item; a gradient of zeros moves nothing."""

    def step(self, parameters: Tensor, gradient: Tensor, rows: Rows) -> tuple[Tensor, State]:
        """One step uphill; nothing is remembered."""
        return super().step(parameters, unit(gradient), rows)
