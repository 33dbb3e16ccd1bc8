"""From a specification to a classifier on a device."""

from __future__ import annotations

import logging
from importlib import import_module

import torch
from torch import Tensor

from inputgrad.errors import ModelError, printable
from inputgrad.models import SOURCES
from inputgrad.models.classifier import Classifier
from inputgrad.models.specification import ModelSpecification, check
from inputgrad.photographs.classes import CLASS_COUNT

logger = logging.getLogger("inputgrad")


def load_classifier(specification: ModelSpecification, *, device: torch.device | str) -> Classifier:
    """Load a classifier, check that it scores the 1000 ImageNet classes, and put it on `device`.

    Changes no global state: neither random numbers nor torch's settings.
    Raises ModelError naming the model, what was expected, what came and what to do.
    """
    check(specification)
    try:
        source = import_module(SOURCES[specification.source])
        classifier: Classifier = source.load(specification)
        _check_head(classifier)
    except ModelError as error:
        raise ModelError(printable(f"model {specification.name!r}: {error}")) from error
    classifier.source = specification.source
    classifier.architecture = specification.architecture
    for note in classifier.notes:
        logger.info("model %s: %s", specification.name, note)
    return classifier.to(device)


def _check_head(classifier: Classifier) -> None:
    size = classifier.input_size
    try:
        with torch.no_grad():
            logits: Tensor = classifier(torch.full((1, 3, size, size), 0.5))
    except (RuntimeError, ValueError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(
            f"it cannot see images of {size} x {size} pixels ({reason}); state another size under "
            "preprocessing"
        ) from error
    shape = tuple(logits.shape)
    if shape != (1, CLASS_COUNT):
        raise ModelError(
            f"its output for one image has the shape {shape}; expected {(1, CLASS_COUNT)}: "
            f"only heads with the {CLASS_COUNT} ImageNet classes are supported"
        )
    if not torch.isfinite(logits).all():
        raise ModelError(
            "its scores for a grey image are not finite; the weights are damaged, or the "
            "preprocessing is not theirs"
        )
