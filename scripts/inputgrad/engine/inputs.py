"""From a photograph to the pixels that a classifier takes."""

from __future__ import annotations

from PIL import Image

from inputgrad.engine.records import Pixels
from inputgrad.images.decoding import fit
from inputgrad.models.classifier import Classifier


def fitted(photograph: Image.Image, classifier: Classifier) -> Pixels:
    """(S, S, 3) uint8: an RGB image resized and cropped as the classifier's weights ask for.

    Raises PhotographError where it is too long and thin.
    """
    return fit(
        photograph,
        resize=classifier.resize_size,
        crop=classifier.input_size,
        interpolation=classifier.interpolation,
    )
