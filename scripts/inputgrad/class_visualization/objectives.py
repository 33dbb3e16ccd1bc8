"""What an ascent climbs: a class score, or weighted terms of the logits z, which add.

    score            z_c
    log_probability  z_c - log sum_k exp z_k
    contrast         z_c - mean of z_k over k != c

The score, and not the probability, is the usual choice: the softmax can be raised by lowering the
other classes (Simonyan, Vedaldi and Zisserman 2014, section 2). The contrast lowers what all other
classes share, without following the strongest rival as the probability does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from inputgrad.class_visualization.parts import Rows, Stateless, setting
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


def score(logits: Tensor, classes: Tensor) -> Tensor:
    """(N,) logit of each row's class."""
    return logits.gather(1, classes[:, None])[:, 0]


def log_probability(logits: Tensor, classes: Tensor) -> Tensor:
    """(N,) logarithm of the softmax probability of each row's class."""
    return score(logits.log_softmax(dim=1), classes)


def contrast(logits: Tensor, classes: Tensor) -> Tensor:
    """(N,) logit of each row's class minus the mean of the others."""
    own = score(logits, classes)
    return own - (logits.sum(dim=1) - own) / (logits.shape[1] - 1)


TERMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "score": score,
    "log_probability": log_probability,
    "contrast": contrast,
}


class Terms(Stateless):
    """The sum of `TERMS`, each with one weight for each item (0 where an item names it not).

    Every row computes all terms, so that items with other weights can share its batch.
    """

    def __init__(self, weights: Sequence[Mapping[str, float]], classifier: Classifier) -> None:
        self._classifier = classifier
        columns = [[item.get(term, 0.0) for item in weights] for term in TERMS]
        self._weights = [setting(column, classifier.mean) for column in columns]

    def gradient(self, images: Tensor, rows: Rows) -> Tensor:
        """Gradient (N, 3, S, S) of the sum at normalised images, channels_last."""
        leaf = images.detach().contiguous(memory_format=torch.channels_last).requires_grad_()
        with torch.enable_grad():
            logits = self._classifier.forward_normalized(leaf)
            terms = [term(logits, rows.class_index) for term in TERMS.values()]
            weighted = [w[rows.item] * t for w, t in zip(self._weights, terms, strict=True)]
            (gradient,) = torch.autograd.grad(torch.stack(weighted).sum(), leaf)
        return gradient
