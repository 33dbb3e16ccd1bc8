"""Source `checkpoint`: a local state_dict for a torchvision architecture, `.pth` or `.safetensors`.

Half precision is accepted and computed with as float32. Without a preprocessing in the config the
one of the architecture's default torchvision weights is used.
"""

from __future__ import annotations

from inputgrad.models.classifier import Classifier
from inputgrad.models.specification import ModelSpecification, local_file
from inputgrad.models.torchvision_networks import load_network, preprocessing_of, weights_enum


def load(specification: ModelSpecification) -> Classifier:
    """Load the classifier from its file; raises ModelError where the file does not fit."""
    file = local_file(specification)
    default = weights_enum(specification.architecture)["DEFAULT"]
    preprocessing = specification.preprocessing or preprocessing_of(default)
    return load_network(specification.architecture, file, preprocessing)
