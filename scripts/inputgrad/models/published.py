"""What weights promise: the accuracy that they were published with (no torch).

Percent of the 50,000 validation photographs whose label has the highest score, by one central
crop, as the authors report them.
"""

from __future__ import annotations

from inputgrad.models.specification import ModelSpecification

PACKAGED = {
    "squeezenet1_1": 58.178,
    "efficientnet_lite0": 75.1,
    "efficientnet_lite1": 76.7,
    "efficientnet_lite2": 77.6,
}


def published_accuracy(specification: ModelSpecification) -> float | None:
    """Percent that the model's weights promise; None where nothing is published for them."""
    return PACKAGED.get(specification.architecture) if specification.source == "package" else None
