"""SqueezeNet's last layers for one class: no zero gradients, and less work.

SqueezeNet (Iandola et al., 2016) scores class j by the mean over positions of relu(m_j), where the
class map m_j = W_j . f + b_j is a 1x1 convolution of the features f (512 of 13 by 13 at 224
pixels). Where m_j <= 0 everywhere the logit is 0 and its gradient exactly zero, so gradient ascent
towards j cannot start. The mean of m_j without the ReLU still has a gradient that raises the
class; it is the stand-in that is increased then.

    dS_j / df = W_j [m_j > 0] / (number of positions),  without the bracket for the stand-in

Automatic differentiation multiplies the weights of all 1000 classes by gradients that are zero
for 999 of them. The formula gives the same bits (adding zeros changes no sum) and leaves out an
eighth of the pass.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import adaptive_avg_pool2d, conv2d
from torchvision.models import SqueezeNet

from inputgrad.models.classifier import Classifier, TargetScores


class SqueezeNetClassifier(Classifier):
    """torchvision's SqueezeNet 1.0 or 1.1: its logits and, where not zero, its gradients."""

    network: SqueezeNet

    def score_targets(self, images: Tensor, targets: Tensor) -> TargetScores:
        """Scores of the classes `targets` (N,); the mean before the ReLU where `zero`."""
        dropout, convolution, _, _ = self.network.classifier
        features = self.network.features(self.as_network_input(images))
        weight, bias = convolution.weight, convolution.bias
        return TargetScores(*_Head.apply(dropout(features), weight, bias, targets))


class _Head(torch.autograd.Function):
    """Features (N, 512, h, w) to `TargetScores`; only `score` is differentiated."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        class_map = conv2d(features, weight, bias)
        target_map = class_map[torch.arange(len(targets), device=targets.device), targets]
        logits = adaptive_avg_pool2d(class_map.relu_(), 1).flatten(1)
        score = logits.gather(1, targets[:, None])[:, 0]
        zero = score == 0  # a mean of values >= 0 is zero only where they all are
        score = torch.where(zero, target_map.mean((1, 2)), score)
        counted = (target_map > 0) | zero[:, None, None]
        ctx.save_for_backward(weight[targets, :, 0, 0].to(features.dtype), counted)
        ctx.mark_non_differentiable(logits, zero)
        return logits, score, zero

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, _logits: Tensor, grad: Tensor, _zero: Tensor
    ) -> tuple[Tensor, None, None, None]:
        rows, counted = ctx.saved_tensors  # (N, 512) and (N, h, w)
        share = grad[:, None, None] / counted[0].numel() * counted
        channels_last = share[:, :, :, None] * rows[:, None, None, :]
        return channels_last.permute(0, 3, 1, 2), None, None, None
