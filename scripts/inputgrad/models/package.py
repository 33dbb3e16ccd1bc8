"""Source `package`: weights shipped as a Python package, see `packaged.py` for the rows."""

from __future__ import annotations

from importlib import import_module

from inputgrad.models.classifier import Classifier
from inputgrad.models.packaged import packaged
from inputgrad.models.specification import ModelSpecification


def load(specification: ModelSpecification) -> Classifier:
    """Load the packaged classifier; raises ModelError where its package is missing or damaged."""
    row = packaged(specification.architecture)
    classifier: Classifier = import_module(row.loader).load(
        row, specification.preprocessing.over(row.preprocessing)
    )
    return classifier
