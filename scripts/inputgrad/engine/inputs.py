"""From a photograph's bytes to the pixels that a classifier takes."""

from __future__ import annotations

from inputgrad.engine.records import Pixels
from inputgrad.images.decoding import decode, fit
from inputgrad.models.classifier import Classifier


def fitted(data: bytes, classifier: Classifier) -> Pixels:
    """(S, S, 3) uint8: decoded, resized and cropped as the classifier's weights ask for.

    Raises PhotographError where the bytes are no photograph that can be used.
    """
    return fit(
        decode(data),
        resize=classifier.resize_size,
        crop=classifier.input_size,
        interpolation=classifier.interpolation,
    )
