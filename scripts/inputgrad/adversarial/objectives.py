"""What iterative attacks climb, as functions of a class c and the logits z of an image.

    logit            z_c                           (the rule of the practical work)
    log_probability  z_c - log sum_j exp(z_j)      (minus the cross entropy: Goodfellow et al. 2015)
    margin           z_c - max over j != c of z_j  (Carlini and Wagner 2017, f_6 without its bound)

The logit goes through `Classifier.score_targets`, which may know a shorter way to its gradient and
a stand-in where that gradient is zero; the others need all logits and use plain differentiation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from inputgrad.engine.gradients import ScoredGradient, objective_gradient, score_and_gradient
from inputgrad.models.classifier import Classifier

Objective = Callable[[Classifier, Tensor, Tensor], ScoredGradient]


def logit(classifier: Classifier, images: Tensor, classes: Tensor) -> ScoredGradient:
    """Gradient of the logits of `classes` (N,), or of their stand-ins."""
    return score_and_gradient(classifier, images, classes)


def log_probability(classifier: Classifier, images: Tensor, classes: Tensor) -> ScoredGradient:
    """Gradient of the logarithms of the probabilities of `classes` (N,)."""
    return objective_gradient(
        classifier, images, classes, lambda logits: _chosen(logits.log_softmax(dim=1), classes)
    )


def margin(classifier: Classifier, images: Tensor, classes: Tensor) -> ScoredGradient:
    """Gradient of the logits of `classes` (N,) minus the highest other logits."""
    return objective_gradient(
        classifier,
        images,
        classes,
        lambda logits: _chosen(logits, classes) - _rival(logits, classes),
    )


def _chosen(values: Tensor, classes: Tensor) -> Tensor:
    return values.gather(1, classes[:, None])[:, 0]


def _rival(logits: Tensor, classes: Tensor) -> Tensor:
    """Highest logit of another class; of equal ones the gradient belongs to one alone."""
    return logits.scatter(1, classes[:, None], float("-inf")).max(dim=1).values


OBJECTIVES: Mapping[str, Objective] = {
    "logit": logit,
    "log_probability": log_probability,
    "margin": margin,
}
