"""Source `package`: weights shipped as a Python package, see `packaged.py` for the rows."""

from __future__ import annotations

import torch
from efficientnet_lite_pytorch import EfficientNet

from inputgrad.models.classifier import Classifier
from inputgrad.models.packaged import packaged
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.state_dict import fit, read_weights


def load(specification: ModelSpecification) -> Classifier:
    """Load the packaged classifier; raises ModelError where its package is missing or damaged."""
    row = packaged(specification.architecture)
    file = row.file()
    with torch.device("meta"):
        network = EfficientNet.from_name(row.network)
    fit(network, read_weights(file).state, source=file)
    return Classifier(network, specification.preprocessing.over(row.preprocessing))
