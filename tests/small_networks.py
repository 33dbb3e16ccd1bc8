"""Small networks with random weights, and photographs that they are right about by definition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models

from inputgrad.engine.records import LabelledImage, Pixels
from inputgrad.engine.scoring import score_images
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.squeezenet import SqueezeNetClassifier

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocessing(size: int) -> Preprocessing:
    """Input size as given, torchvision's mean and standard deviation."""
    return Preprocessing(
        input_size=size, resize_size=size, interpolation="bilinear", mean=MEAN, std=STD
    )


def convolutional(size: int = 18) -> Classifier:
    """Three smooth layers whose scores any class can win.

    Smooth, so that two ways of computing a gradient do not drift apart. At 18 pixels every layer
    has a multiple of 32 elements a row: the last few elements of a tensor that fill no vector of
    the processor pass another code of softplus, and a row's bits would hang on its position.
    """
    torch.manual_seed(0)
    first = nn.Conv2d(3, 8, 3, stride=2, bias=False)
    second = nn.Conv2d(8, 16, 3, bias=False)
    last = nn.Linear(64, 1000, bias=False)
    for layer, gain in ((first, 4), (second, 4), (last, 10)):
        layer.weight.data *= gain
    pool = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())
    layers = (first, nn.Softplus(), second, nn.Tanh(), pool, last)
    return Classifier(nn.Sequential(*layers), preprocessing(size))


def squeezenet(size: int = 64) -> Classifier:
    """SqueezeNet 1.1; many of its logits are zero, and so are their gradients."""
    torch.manual_seed(0)
    return SqueezeNetClassifier(models.squeezenet1_1(), preprocessing(size))


def mean_class_map(classifier: Classifier, images: Tensor) -> Tensor:
    """SqueezeNet's scores (N, 1000) before its last ReLU, by torchvision's own layers."""
    network = classifier.network
    assert isinstance(network, models.SqueezeNet)
    class_map: Tensor = network.classifier[1](network.features(classifier.normalize(images)))
    return class_map.mean(dim=(2, 3))


def packaged(architecture: str) -> Classifier:
    """A network with its published weights, which come in a package."""
    specification = ModelSpecification(
        name=architecture, source="package", architecture=architecture, slots=1
    )
    return load_classifier(specification, device="cpu")


def lite0() -> Classifier:
    """EfficientNet-Lite0 with its real weights."""
    return packaged("efficientnet_lite0")


def pictures(size: int, count: int) -> list[Pixels]:
    """Coloured blocks of random brightness, so that no two are alike."""
    drawn = np.random.default_rng(5)
    blocks = drawn.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    scale = -(-size // 4)
    return [b.repeat(scale, axis=0).repeat(scale, axis=1)[:size, :size].copy() for b in blocks]


def samples_of(classifier: Classifier, pixels: Sequence[Pixels]) -> list[LabelledImage]:
    """Photographs whose label is what the classifier says."""
    logits = score_images(classifier, pixels, slots=4)
    return [
        LabelledImage(f"{number:016x}", int(scores.argmax()), image)
        for number, (image, scores) in enumerate(zip(pixels, logits, strict=True))
    ]


def repeated(pixels: Pixels, slots: int) -> Tensor:
    """(slots, 3, H, W) copies of one photograph in the layout of the engine."""
    image = to_tensor(pixels)[None].repeat(slots, 1, 1, 1)
    return image.contiguous(memory_format=torch.channels_last)
