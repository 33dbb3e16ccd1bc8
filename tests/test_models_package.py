"""Packaged models: real weights, right on the photographs that foolbox ships."""

from __future__ import annotations

import re
from pathlib import Path

import foolbox
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import center_crop, pil_to_tensor, resize

from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.packaged import PACKAGED
from inputgrad.models.specification import ModelSpecification

PHOTOGRAPHS = sorted((Path(foolbox.__file__).parent / "data").glob("imagenet_*.jpg"))


def photograph(path: Path, classifier: Classifier) -> Tensor:
    mode = InterpolationMode(classifier.interpolation)
    with Image.open(path) as image:
        resized = resize(image.convert("RGB"), [classifier.resize_size], mode)
    levels: Tensor = pil_to_tensor(center_crop(resized, [classifier.input_size]))
    return levels.float() / 255


@pytest.mark.parametrize(
    ("architecture", "size", "right"),
    [
        ("efficientnet_lite0", 224, (17, 18)),
        ("efficientnet_lite1", 240, (18, 19)),
        ("efficientnet_lite2", 260, (18, 19)),
    ],
)
def test_accuracy_on_the_twenty_photographs(
    architecture: str, size: int, right: tuple[int, int]
) -> None:
    one = ModelSpecification(name="m", source="package", architecture=architecture, slots=4)
    classifier = load_classifier(one, device="cpu")
    assert classifier.input_size == size
    images = torch.stack([photograph(path, classifier) for path in PHOTOGRAPHS])
    labels = torch.tensor([int(re.split("[_.]", path.name)[2]) for path in PHOTOGRAPHS])
    with torch.no_grad():
        predicted = torch.cat([classifier(part) for part in images.chunk(5)]).argmax(dim=1)
    assert len(labels) == 20
    assert int((predicted == labels).sum()) in right


def test_images_become_what_the_reference_implementation_computes() -> None:
    one = ModelSpecification(name="m", source="package", architecture="efficientnet_lite0", slots=4)
    classifier = load_classifier(one, device="cpu")
    levels = torch.arange(256.0).repeat(1, 3, 1, 1)
    found = classifier.normalize(levels / 255)
    torch.testing.assert_close(found, (levels - 127) / 128)


def test_every_row_names_an_installed_file() -> None:
    for architecture, row in PACKAGED.items():
        assert row.file().is_file(), architecture
