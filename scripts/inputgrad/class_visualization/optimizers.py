"""How a gradient becomes a step: gradient ascent, plain or normalised.

    p <- p + eta * g    or    p <- p + eta * g / |g|

|g| is the L2 norm over all parameters of an image, so eta is then the length of a step in the
space of the parameters: pixels of the normalised image, or coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import NOTHING, Rows, Stateless, by_row, setting
from inputgrad.engine.gradients import unit
from inputgrad.engine.slots import State
from inputgrad.models.classifier import Classifier


class Ascent(Stateless):
    """Step size `eta` of each item, and whether its gradient is divided by its norm."""

    def __init__(
        self, eta: Sequence[float], normalized: Sequence[bool], classifier: Classifier
    ) -> None:
        self._eta = setting(eta, classifier.mean)
        self._normalized = setting(normalized, classifier.mean, dtype=torch.bool)

    def step(self, parameters: Tensor, gradient: Tensor, rows: Rows) -> tuple[Tensor, State]:
        """One step uphill; nothing is remembered."""
        normalized = by_row(self._normalized[rows.item], gradient)
        gradient = torch.where(normalized, unit(gradient), gradient)
        return parameters + by_row(self._eta[rows.item], gradient) * gradient, NOTHING
