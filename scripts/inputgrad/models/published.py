"""What weights promise: the accuracy that they were published with (no torch).

Shares of ImageNet's 50,000 validation photographs whose label has the highest score, by one central
crop, as the authors report them.
"""

from __future__ import annotations

from inputgrad.models.specification import ModelSpecification

PACKAGED = {
    "squeezenet1_1": 0.58178,
    "efficientnet_lite0": 0.751,
    "efficientnet_lite1": 0.767,
    "efficientnet_lite2": 0.776,
}


def published_accuracy(specification: ModelSpecification) -> float | None:
    """Share, 0..1, that the model's weights promise; None where nothing is published for them."""
    return PACKAGED.get(specification.architecture) if specification.source == "package" else None
