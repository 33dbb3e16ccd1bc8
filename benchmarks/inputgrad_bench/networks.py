"""The networks under measurement: as our jobs load them, and as a notebook has them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from inputgrad.models.loading import load_classifier
from inputgrad.models.specification import ModelSpecification
from inputgrad_bench.setting import Network

if TYPE_CHECKING:
    from inputgrad.models.classifier import Classifier


def write_random_weights(architecture: str, folder: Path, *, seed: int = 0) -> Path:
    """A state_dict of torchvision's random initialisation, the same for every call."""
    from torchvision.models import get_model

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = get_model(architecture, weights=None)
    path = folder / f"{architecture}_random.pth"
    torch.save(network.state_dict(), path)
    return path


def load(network: Network, device: str, *, slots: int) -> Classifier:
    """The classifier as a job of the workflow has it."""
    specification = ModelSpecification(
        name=network.architecture,
        source=network.source,
        architecture=network.architecture,
        path=None if network.path is None else Path(network.path),
        slots=slots,
    )
    return load_classifier(specification, device=device)


def load_plain(network: Network, device: str) -> Classifier:
    """The same network as a notebook has it: ordinary memory format, ordinary forward pass."""
    classifier = load(network, device, slots=1)
    return classifier.to(memory_format=torch.contiguous_format)
