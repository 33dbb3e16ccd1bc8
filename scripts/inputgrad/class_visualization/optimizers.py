"""How a gradient becomes a step: gradient ascent, plain or normalised, or Adam.

    p <- p + eta * g    or    p <- p + eta * g / |g|    or    p <- p + eta_t * m / (sqrt(v) + 1e-8)

|g| is the L2 norm over all parameters of an image, so eta is then the length of a step in the
space of the parameters: pixels of the normalised image, or coefficients. In Adam (Kingma and Ba
2015, algorithm 1, with the sign of an ascent) m and v are the bias-corrected running means of g
and of its square, with the decays 0.9 and 0.999, and eta_t falls linearly over the steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import (
    NOTHING,
    Beginning,
    Rows,
    Stateless,
    by_row,
    setting,
)
from inputgrad.engine.gradients import unit
from inputgrad.engine.slots import State
from inputgrad.models.classifier import Classifier

DECAYS = (0.9, 0.999)
EPSILON = 1e-8


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


class Adam:
    """Adam whose step size falls linearly from `first` at the first step to `last` at the last.

    iterations: steps of each item. The factors of all steps are tabulated beforehand in float64, so
    that no power is taken of a tensor, whose bits could depend on a row's place.
    """

    def __init__(
        self,
        first: Sequence[float],
        last: Sequence[float],
        iterations: Sequence[int],
        classifier: Classifier,
    ) -> None:
        device = classifier.mean.device
        turns = torch.arange(max(iterations), dtype=torch.float64)
        corrections = [1 - decay ** (turns + 1) for decay in DECAYS]
        self._mean_correction, self._square_correction = (c.float().to(device) for c in corrections)
        settings = zip(first, last, iterations, strict=True)
        rates = [a + (b - a) * turns.clamp(max=n - 1) / max(1, n - 1) for a, b, n in settings]
        self._rates = torch.stack(rates).float().to(device)

    def start(self, beginning: Beginning) -> State:
        """Running means of the gradient and of its square, zero, in the shape of the parameters."""
        assert beginning.parameters is not None, "an optimizer starts after the parameterization"
        return {name: torch.zeros_like(beginning.parameters) for name in ("mean", "square")}

    def step(self, parameters: Tensor, gradient: Tensor, rows: Rows) -> tuple[Tensor, State]:
        """One step uphill, and the new running means."""
        mean_decay, square_decay = DECAYS
        mean = mean_decay * rows.own["mean"] + (1 - mean_decay) * gradient
        square = square_decay * rows.own["square"] + (1 - square_decay) * gradient * gradient
        corrected = square / by_row(self._square_correction[rows.turn], square)
        rate = self._rates[rows.item, rows.turn] / self._mean_correction[rows.turn]
        moved = parameters + by_row(rate, mean) * mean / (corrected.sqrt() + EPSILON)
        return moved, {"mean": mean, "square": square}
