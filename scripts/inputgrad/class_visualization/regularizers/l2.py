"""The penalty -lambda * |x|^2, as Simonyan, Vedaldi and Zisserman 2014 (section 2) write it.

|x| is the L2 norm of the normalised image, so the penalty pulls it to the mean colour.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless, by_row, setting
from inputgrad.models.classifier import Classifier


class L2(Stateless):
    """The penalty with one `weight` (lambda) for each item."""

    def __init__(self, weight: Sequence[float], classifier: Classifier) -> None:
        self._weight = setting(weight, classifier.mean)

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """-2 * lambda * x."""
        return by_row(-2 * self._weight[rows.item], images) * images
