"""torchvision's networks with random weights, small ones of many families."""

from __future__ import annotations

import torch
from torch import nn
from torchvision import models

from inputgrad.models.classifier import Classifier
from inputgrad.models.squeezenet import SqueezeNetClassifier
from small_networks import lite0, preprocessing

SIDE = 64
FAMILIES = (  # of each kind of network one that is quick
    "squeezenet1_1", "vgg11", "resnet18", "mobilenet_v2", "densenet121", "googlenet",
    "efficientnet_b0", "efficientnet_lite0",
)  # fmt: skip
RECTIFIED = tuple(name for name in FAMILIES if name != "efficientnet_b0")


def random_network(architecture: str, *, side: int = SIDE, inplace: bool = True) -> Classifier:
    """A classifier that knows its name; EfficientNet-Lite0 has its real weights.

    VGG gets a narrow head, since most of its weights are there; `inplace` is of every ReLU.
    """
    if architecture == "efficientnet_lite0":
        return lite0()
    network = on_meta(architecture)
    if architecture.startswith("vgg"):
        head = (nn.Linear(512 * 7 * 7, 64), nn.ReLU(inplace=True), nn.Linear(64, 1000))
        network.classifier = nn.Sequential(*head)
    network.to_empty(device="cpu")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for module in network.modules():
            if callable(reset := getattr(module, "reset_parameters", None)):
                reset()
            if isinstance(module, nn.Conv2d):  # the layers' own would let the signal fade
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if isinstance(module, nn.ReLU | nn.ReLU6):
                module.inplace = inplace
    return named(network, architecture, side)


def on_meta(architecture: str) -> nn.Module:
    """A network of the family without memory for its weights."""
    auxiliary = {"aux_logits": False, "init_weights": False}
    options = auxiliary if architecture in ("googlenet", "inception_v3") else {}
    if architecture.startswith("regnet"):  # it reads its widths from tensors
        built: nn.Module = models.get_model(architecture)
        return built.to("meta")
    with torch.device("meta"):
        network: nn.Module = models.get_model(architecture, **options)
    return network


def named(network: nn.Module, architecture: str, side: int) -> Classifier:
    """As the loader leaves it."""
    kind = SqueezeNetClassifier if isinstance(network, models.SqueezeNet) else Classifier
    classifier = kind(network, preprocessing(side))
    classifier.source, classifier.architecture = "torchvision", architecture
    return classifier
