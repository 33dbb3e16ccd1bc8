"""Gradients of class scores with respect to images.

g_n = ∂ s_{t_n}(x_n) / ∂ x_n, all rows in one backward pass: the rows of a batch do not see each
other, so the gradient of the sum of their scores holds each row's own (Simonyan, Vedaldi and
Zisserman, 2014, section 3). Deviation: SqueezeNet's scores pass a final ReLU; where the target's
logit has an exactly zero gradient for that reason, the score before the ReLU is climbed instead
and the row is marked (see `models/squeezenet.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from inputgrad.models.classifier import Classifier

Space = Literal["pixels", "normalized"]


class ScoredGradient(NamedTuple):
    """What one forward and backward pass tells.

    logits: (N, 1000).
    score: (N,), the target's logit; from `score_and_gradient` its stand-in where `zero`.
    gradient: (N, 3, H, W), channels_last, with respect to the images, of `score` or of another
        objective.
    zero: (N,) bool, the target's logit, or the objective, had an exactly zero gradient.
    """

    logits: Tensor
    score: Tensor
    gradient: Tensor
    zero: Tensor


def score_and_gradient(
    classifier: Classifier, images: Tensor, targets: Tensor, *, space: Space = "pixels"
) -> ScoredGradient:
    """Scores of `targets` and their gradients with respect to `images`, without synchronisation.

    images: (N, 3, S, S) float32; in [0, 1] for `pixels`, already normalised for `normalized`.
    targets: (N,) int64 in 0..999.
    Nothing is accumulated in `images` or in the classifier. Equals Captum's
    `Saliency.attribute(abs=False)` bit for bit where `zero` is False.
    """
    leaf = images.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
    with torch.enable_grad():
        normalized = classifier.normalize(leaf) if space == "pixels" else leaf
        logits, score, zero = classifier.score_targets(normalized, targets)
        (gradient,) = torch.autograd.grad(score.sum(), leaf)
    return ScoredGradient(logits.detach(), score.detach(), gradient, zero)


def objective_gradient(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    objective: Callable[[Tensor], Tensor],
) -> ScoredGradient:
    """Gradients of any `objective` of the logits, by plain differentiation.

    images: (N, 3, S, S) float32 in [0, 1].
    targets: (N,) int64 in 0..999, whose logits are the scores.
    objective: from float32 logits (N, 1000) to (N,); no row looks at another.
    """
    leaf = images.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
    with torch.enable_grad():
        logits = classifier(leaf).float()
        (gradient,) = torch.autograd.grad(objective(logits).sum(), leaf)
    score = logits.detach().gather(1, targets[:, None])[:, 0]
    zero = gradient.abs().amax(dim=(1, 2, 3)) == 0
    return ScoredGradient(logits.detach(), score, gradient, zero)


def max_abs(gradient: Tensor) -> Tensor:
    """Saliency (N, H, W): the largest absolute value over the colours of (N, 3, H, W).

    Simonyan, Vedaldi and Zisserman (2014), section 3.1.
    """
    return gradient.abs().amax(dim=1)


def l2_norms(gradient: Tensor) -> Tensor:
    """‖g‖₂ of each row g of (N, 3, H, W), or of rows of any other shape, float64 (N,).

    Summed in float64 and in one order whatever the memory format: a third of a millisecond for
    four images, for no underflow of small squares and the same bits from equal gradients.
    """
    rows = gradient.permute(0, 2, 3, 1) if gradient.dim() == 4 else gradient
    norms: Tensor = torch.linalg.vector_norm(rows.flatten(1), dim=1, dtype=torch.float64)
    return norms


def l1_norms(gradient: Tensor) -> Tensor:
    """|g|_1 of each row g of (N, 3, H, W), float64 (N,), summed in one order as `l2_norms` is."""
    rows = gradient.permute(0, 2, 3, 1).flatten(1)
    return rows.abs().sum(dim=1, dtype=torch.float64)


def unit(gradient: Tensor) -> Tensor:
    """Scale each row g of (N, ...) to g / ‖g‖₂; a row of zeros stays zero."""
    norm = l2_norms(gradient)
    norm = torch.where(norm > 0, norm, 1).to(gradient.dtype)
    return gradient / norm.view(-1, *[1] * (gradient.dim() - 1))
