"""torchvision's classification networks, filled from a state_dict file.

Networks are built on the meta device, without memory or random numbers, and take the file's tensors
as they are: VGG16 needs its 553 MB once and no seconds of random initialisation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torchvision import models
from torchvision.models import SqueezeNet

from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification, known
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.models.state_dict import fit, read_weights

AUXILIARY = ("googlenet", "inception_v3")  # their auxiliary heads serve training alone
AUXILIARY_HEADS = ("aux1.", "aux2.", "AuxLogits.")
OLD_DENSENET_KEY = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")  # files before 2018


def load_network(specification: ModelSpecification, path: Path) -> Classifier:
    """Build the classifier of a torchvision architecture with the weights of a file.

    Raises ModelError where the file does not fit it, or the preprocessing's size does not.
    """
    found, architecture = known(specification), specification.architecture
    assert found.preprocessing is not None
    network = _build(architecture, found.preprocessing, converts=found.converts)
    weights = read_weights(path, entry=specification.entry)
    state = {
        OLD_DENSENET_KEY.sub(r"\1\2.", name): value
        for name, value in weights.state.items()
        if not (architecture in AUXILIARY and name.startswith(AUXILIARY_HEADS))
    }
    fit(network, state, source=path)
    kind = SqueezeNetClassifier if isinstance(network, SqueezeNet) else Classifier
    return kind(network, found.preprocessing, notes=weights.notes)


def _build(architecture: str, preprocessing: Preprocessing, *, converts: bool) -> nn.Module:
    options: dict[str, Any] = {}
    if architecture in AUXILIARY:
        options = {"transform_input": converts, "aux_logits": False, "init_weights": False}
    elif architecture.startswith("vit_"):  # its position embedding has the image's size
        options = {"image_size": preprocessing.input_size}
    network: nn.Module
    try:
        with torch.device("meta"):
            network = models.get_model(architecture, **options)
    except NotImplementedError:  # RegNet reads its widths from tensors, and meta ones hold nothing
        with torch.random.fork_rng(devices=[]):
            network = models.get_model(architecture, **options)
    except AssertionError as error:
        size = preprocessing.input_size
        raise ModelError(
            f"{architecture} cannot be built for images of {size} x {size} pixels ({error}); "
            "state another size under preprocessing"
        ) from error
    return network
