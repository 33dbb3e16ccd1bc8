"""What an ascent climbs.

The class score (the logit), not its probability: the softmax can be raised by lowering the other
classes (Simonyan, Vedaldi and Zisserman 2014, section 2).
"""

from __future__ import annotations

from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.models.classifier import Classifier


class ClassScore(Stateless):
    """S_c(x), the logit of each row's class; its stand-in where the gradient is exactly zero."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """dS_c/dx (N, 3, S, S) at normalised images, channels_last."""
        found = score_and_gradient(self._classifier, images, rows.class_index, space="normalized")
        return found.gradient
