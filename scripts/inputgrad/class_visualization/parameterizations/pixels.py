"""The pixels of the normalised image themselves: x(p) = p.

The start is unit Gaussian noise or a photograph. `project` clamps to what an image can hold, the
normalised images of black and white.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Beginning, PullBack
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier


class Parameterization:
    """Parameters (N, 3, S, S), equal to the image."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        shape = (1, 3, classifier.input_size, classifier.input_size)  # of an image: clamps in 1/5
        black, white = (torch.full(shape, v, device=classifier.mean.device) for v in (0.0, 1.0))
        self._low, self._high = (
            classifier.normalize(image).contiguous(memory_format=torch.channels_last)
            for image in (black, white)
        )

    def start(self, beginning: Beginning) -> Tensor:
        """(3, S, S): noise of the class, or the normalised photograph."""
        device = self._low.device
        if (pixels := beginning.item.start.pixels) is not None:
            return self._classifier.normalize(to_tensor(pixels).to(device)[None])[0]
        size = self._classifier.input_size
        return torch.randn(3, size, size, generator=beginning.stream("class noise")).to(device)

    def image(self, parameters: Tensor) -> tuple[Tensor, PullBack]:
        """The parameters, and the identity."""
        return parameters, _same

    def parameters(self, images: Tensor) -> Tensor:
        """The images."""
        return images

    def project(self, parameters: Tensor) -> Tensor:
        """Clamped to the normalised values of black and white."""
        return torch.clamp(parameters, self._low, self._high)


def _same(gradient: Tensor) -> Tensor:
    return gradient
