"""How many photographs a network is said to get right, known without torch."""

from __future__ import annotations

from inputgrad.models.specification import ModelSpecification, known

# Top-1 on the ImageNet validation set in percent, as their authors give it (EfficientNet-Lite's
# README in tensorflow/tpu) or, of SqueezeNet, as torchvision measured the same weights.
PACKAGED_ACCURACY = {
    "efficientnet_lite0": 75.1,
    "efficientnet_lite1": 76.7,
    "efficientnet_lite2": 77.6,
    "squeezenet1_1": 58.178,
}


def published_accuracy(specification: ModelSpecification) -> float | None:
    """Top-1 accuracy in percent that is published for these weights (ImageNet validation set).

    None where no one has published one: for weights of one's own and for timm's. With another
    preprocessing than the published one a network may fall short of it.
    Raises ModelError as `check` does.
    """
    if specification.source == "package":
        return PACKAGED_ACCURACY.get(specification.architecture)
    published = known(specification).published
    return published.accuracy if published is not None else None
