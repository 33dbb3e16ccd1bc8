"""Source `checkpoint`: a local file of weights for a torchvision architecture.

Half precision is accepted and computed with as float32. A file that torchvision publishes gets the
preprocessing that torchvision states for it, any other that of the architecture's default weights;
what the config states goes before both.
"""

from __future__ import annotations

from inputgrad.models.classifier import Classifier
from inputgrad.models.specification import ModelSpecification, local_file
from inputgrad.models.torchvision_networks import load_network


def load(specification: ModelSpecification) -> Classifier:
    """Load the classifier from its file; raises ModelError where the file does not fit."""
    return load_network(specification, local_file(specification))
