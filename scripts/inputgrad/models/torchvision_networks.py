"""torchvision's classification networks, filled from a state_dict file.

Networks are built on the meta device, without memory or random numbers, and take the file's tensors
as they are: VGG16 needs its 553 MB once and no seconds of random initialisation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models import SqueezeNet, WeightsEnum

from inputgrad.errors import ModelError, unknown
from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.models.state_dict import fit, read_state_dict

# These two were trained on (image - 0.5) / 0.5 and convert by themselves when asked to; their
# auxiliary heads serve training alone.
_INCEPTION: dict[str, Any] = {"transform_input": True, "aux_logits": False, "init_weights": False}
OPTIONS: dict[str, dict[str, Any]] = {"googlenet": _INCEPTION, "inception_v3": _INCEPTION}
AUXILIARY_HEADS = ("aux1.", "aux2.", "AuxLogits.")
OLD_DENSENET_KEY = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")  # files before 2018


def weights_enum(architecture: str) -> type[WeightsEnum]:
    """Find an architecture's weights enum; raises ModelError naming the nearest architecture."""
    known = models.list_models(module=models)
    if architecture not in known:
        raise ModelError(unknown("torchvision architecture", architecture, known))
    enum: type[WeightsEnum] = models.get_model_weights(architecture)
    return enum


def preprocessing_of(weights: WeightsEnum) -> Preprocessing:
    """Read what `weights.transforms()` does as numbers."""
    preset = weights.transforms()
    return Preprocessing(
        input_size=preset.crop_size[0],
        resize_size=preset.resize_size[0],
        interpolation=preset.interpolation.value,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )


def load_network(architecture: str, path: Path, preprocessing: Preprocessing) -> Classifier:
    """Build the classifier of a torchvision architecture with the weights of a file.

    Raises ModelError where the architecture is unknown or the file does not fit it.
    """
    weights_enum(architecture)
    state = {
        OLD_DENSENET_KEY.sub(r"\1\2.", name): value
        for name, value in read_state_dict(path).items()
        if not (architecture in OPTIONS and name.startswith(AUXILIARY_HEADS))
    }
    return assemble(architecture, state, preprocessing, source=path)


def assemble(
    architecture: str, state: Mapping[str, Tensor], preprocessing: Preprocessing, *, source: Path
) -> Classifier:
    """Build the classifier of a torchvision architecture with the tensors of `state`.

    source: the file that they come from, which a ModelError names where they do not fit.
    """
    network = _build(architecture, preprocessing.input_size)
    fit(network, state, source=source)
    if isinstance(network, SqueezeNet):
        return SqueezeNetClassifier(network, preprocessing)
    return Classifier(network, preprocessing)


def _build(architecture: str, input_size: int) -> nn.Module:
    options = OPTIONS.get(architecture, {})
    if architecture.startswith("vit_"):  # its position embedding has the image's size
        options = {"image_size": input_size}
    network: nn.Module
    try:
        with torch.device("meta"):
            network = models.get_model(architecture, **options)
    except NotImplementedError:  # RegNet reads its widths from tensors, and meta ones hold nothing
        with torch.random.fork_rng(devices=[]):
            network = models.get_model(architecture, **options)
    return network
