"""Source `torchvision`: an architecture with a member of its weights enum.

The member names the file's origin, the file's name carries the first digits of its SHA-256, and
the member's `transforms()` the preprocessing. The file is in TORCH_HOME, where torchvision looks
for it too, and is checked against its name even when it was there before.
"""

from __future__ import annotations

from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlparse

import torch
from torchvision import models
from torchvision.models import WeightsEnum

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.torchvision_networks import load_network
from inputgrad.models.torchvision_published import HASH_IN_NAME, published_weights
from inputgrad.models.weights_files import weights_digest


def load(specification: ModelSpecification) -> Classifier:
    """Load the classifier, downloading its weights if TORCH_HOME lacks them; raises ModelError."""
    return load_network(specification, prefetch(specification))


def prefetch(specification: ModelSpecification) -> Path:
    """Download the weights to TORCH_HOME, for machines whose nodes have no network; their path.

    Raises ModelError where the download fails or the file's hash is not that in its name.
    """
    return _fetch(_weights(specification), expected=specification.sha256)


def _weights(specification: ModelSpecification) -> WeightsEnum:
    enum, _, member = published_weights(
        specification.architecture, specification.weights
    ).name.partition(".")
    found: WeightsEnum = getattr(models, enum)[member]
    return found


def _fetch(weights: WeightsEnum, *, expected: str | None) -> Path:
    name = Path(urlparse(weights.url).path).name
    file = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not file.exists():
        _download(weights.url, file)
    named = HASH_IN_NAME.search(name)
    for digits in (named and named[1], expected):
        if digits:
            weights_digest(file, expected=digits)
    return file


def _download(url: str, file: Path) -> None:
    named = HASH_IN_NAME.search(file.name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(file), named and named[1], progress=False)
    except (OSError, HTTPException, RuntimeError) as error:
        raise ModelError(
            f"the weights file {file.name} could not be downloaded ({error}); "
            f"get it from {url} on a machine with a network and put it into {file.parent} "
            "(hub/checkpoints in TORCH_HOME)"
        ) from error
