"""SqueezeNet's scores, with a way out of its zero gradients.

SqueezeNet (Iandola et al., 2016) scores class j by the mean over positions of relu(m_j), where m_j
is its class map (13 by 13 at 224 pixels). Where m_j <= 0 everywhere the logit is 0 and its
gradient exactly zero, so gradient ascent towards j cannot start. The mean of m_j itself, without
the ReLU, still tells how to raise the class: the fallback, computed in the same pass.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import relu
from torchvision.models import SqueezeNet

from inputgrad.models.classifier import Classifier, Scores


class SqueezeNetClassifier(Classifier):
    """torchvision's SqueezeNet 1.0 or 1.1: its logits bit for bit, and means before its ReLU."""

    network: SqueezeNet

    def forward_normalized(self, images: Tensor) -> Scores:
        """Scores of normalised images (N, 3, S, S); `fallback` is the mean class map (N, 1000)."""
        dropout, convolution, _, pool = self.network.classifier
        features = self.network.features(images.contiguous(memory_format=torch.channels_last))
        class_map = convolution(dropout(features))
        logits = pool(relu(class_map)).flatten(1)  # not in place: the map is needed below
        return Scores(logits, pool(class_map).flatten(1))
