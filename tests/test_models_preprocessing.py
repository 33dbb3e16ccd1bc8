"""What a network sees: stated keys, channel order, range and squashing, against plain formulas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from torch import nn
from torchvision import models
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import center_crop, resize

from inputgrad.config.schema import parse_config
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.errors import ConfigError, ModelError
from inputgrad.images.decoding import fit
from inputgrad.models.classifier import Classifier
from inputgrad.models.preprocessing import Preprocessing, Stated, keys_of
from inputgrad.models.specification import described_preprocessing, known
from inputgrad.models.squeezenet import SqueezeNetClassifier
from inputgrad.places import SCRIPTS

OWN = Preprocessing(
    input_size=64,
    resize_size=72,
    interpolation="bilinear",
    mean=(0.4, 0.5, 0.6),
    std=(0.2, 0.25, 0.5),
)
CAFFE = replace(OWN, mean=(104.0, 117.0, 123.0), std=(1.0, 1.0, 1.0), channels="bgr", range=255)


@pytest.mark.parametrize(
    ("stated", "changes"),
    [
        (Stated(), {}),
        (Stated(size=32), {"input_size": 32}),
        (Stated(resize="squash"), {"resize_size": None}),
        (Stated(size=300, resize=320), {"input_size": 300, "resize_size": 320}),
        (Stated(interpolation="bicubic"), {"interpolation": "bicubic"}),
        (Stated(mean=(0.0, 0.1, 0.2)), {"mean": (0.0, 0.1, 0.2)}),
        (
            Stated(channels="bgr"),
            {"channels": "bgr", "mean": (0.6, 0.5, 0.4), "std": (0.5, 0.25, 0.2)},
        ),
        (
            Stated(range=255, mean=(104.0, 117.0, 123.0)),
            {"range": 255, "mean": (104.0, 117.0, 123.0), "std": (51.0, 63.75, 127.5)},
        ),
    ],
)
def test_what_is_stated_goes_before_the_source(stated: Stated, changes: dict[str, Any]) -> None:
    assert stated.over(OWN) == replace(OWN, **changes)


@pytest.mark.parametrize("preprocessing", [OWN, CAFFE, replace(OWN, resize_size=None)])
def test_keys_and_preprocessing_are_each_others_inverse(preprocessing: Preprocessing) -> None:
    assert Stated(**keys_of(preprocessing)).over(OWN) == preprocessing


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"input_size": 96}, "0 < size <= resize"),
        ({"interpolation": "cubic"}, "did you mean 'bicubic'"),
        ({"channels": "grb"}, "did you mean 'rgb'"),
        ({"range": 256}, "range is 256; expected 1 or 255"),
        ({"std": (0.5, 0.0, 0.5)}, "three positive standard deviations"),
        ({"mean": (0.5, 0.5)}, "three means"),
        ({"mean": (123.0, 117.0, 104.0)}, "not in units of range 1"),
        ({"mean": (0.5, -0.1, 0.5)}, "not in units of range 1"),
        ({"range": 255}, "not in units of range 255, where black is 0 and white 255"),
    ],
)
def test_faults(fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(ModelError) as caught:
        replace(OWN, **fields)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [(50, 200), (200, 50), (64, 64), (1, 1)])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_squashing_is_torchvisions_resize_to_a_square(
    size: tuple[int, int], interpolation: Any
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    mode = InterpolationMode(interpolation)
    expected = center_crop(resize(image, [48, 48], mode), [48, 48])
    found = fit(image, resize=None, crop=48, interpolation=interpolation)
    assert np.array_equal(found, np.array(expected))


def networks() -> tuple[models.SqueezeNet, models.SqueezeNet]:
    """One network for RGB images in [0, 1] normalised by OWN, and the same for BGR in 0..255."""
    torch.manual_seed(0)
    plain, caffe = models.squeezenet1_1().double(), models.squeezenet1_1().double()
    caffe.load_state_dict(plain.state_dict())
    first, other = plain.features[0], caffe.features[0]
    (mean, std), (theirs, _) = OWN.unit_colours, CAFFE.unit_colours
    scale = 255 * torch.tensor(std, dtype=torch.float64)
    offset = 255 * (torch.tensor(theirs) - torch.tensor(mean)).double()
    weight = first.weight.data / scale.view(1, 3, 1, 1)
    other.weight.data = weight.flip(1)
    other.bias.data = first.bias.data + (weight.sum((2, 3)) * offset).sum(1)
    return plain.eval(), caffe.eval()


@pytest.mark.parametrize("kind", [Classifier, SqueezeNetClassifier])
def test_order_and_range_change_neither_scores_nor_gradients_of_pixels(
    kind: type[Classifier],
) -> None:
    """Two networks that compute the same function of a photograph are the same classifier."""
    plain, caffe = networks()
    first, second = kind(plain, OWN), kind(caffe, CAFFE)
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    targets = torch.tensor([1, 2])
    a, b = (score_and_gradient(c, images, targets) for c in (first, second))
    assert a.logits.std() > 0
    torch.testing.assert_close(a.logits, b.logits, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(a.gradient, b.gradient, rtol=1e-2, atol=1e-5)


class Seen(nn.Module):
    """Remembers what the network was given."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.images = images
        return images.mean(dim=(2, 3)).repeat(1, 334)[:, :1000]


def test_the_network_is_given_its_own_order_and_range() -> None:
    seen = Seen()
    classifier = Classifier(seen, CAFFE)
    images = torch.rand(1, 3, 4, 4)
    classifier(images)
    expected = 255 * images.flip(1) - torch.tensor(CAFFE.mean).view(1, 3, 1, 1)
    torch.testing.assert_close(seen.images, expected, rtol=1e-5, atol=1e-4)
    assert seen.images.is_contiguous(memory_format=torch.channels_last)


def test_normalised_images_are_red_green_blue() -> None:
    classifier = Classifier(Seen(), CAFFE)
    images = torch.rand(2, 3, 4, 4)
    normalized = classifier.normalize(images)
    caffe_order = 255 * images - torch.tensor([123.0, 117.0, 104.0]).view(1, 3, 1, 1)
    torch.testing.assert_close(normalized, caffe_order, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(classifier.denormalize(normalized), images)
    targets = torch.tensor([0, 1])
    in_pixels = score_and_gradient(classifier, images, targets).gradient
    inside = score_and_gradient(classifier, normalized, targets, space="normalized").gradient
    torch.testing.assert_close(in_pixels, inside / classifier.std)
    red_and_blue = [float(g.abs().sum((1, 2)).argmax()) for g in in_pixels]
    assert red_and_blue == [2, 1]  # the network's first channel is blue


def configured(stated: dict[str, Any]) -> dict[str, Any]:
    """The test configuration with a stated preprocessing."""
    text = (SCRIPTS.parent / "config" / "test.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    content["models"] = {
        "net": {"source": "torchvision", "architecture": "resnet50", "preprocessing": stated}
    }
    return content


def test_a_configuration_states_it() -> None:
    stated = {"resize": "squash", "mean": [0, 0, 0], "std": [1, 1, 1], "range": 255}
    (specification,) = parse_config(configured(stated)).specifications.values()
    found = known(specification).preprocessing
    assert found is not None
    assert found == Preprocessing(
        input_size=224,
        resize_size=None,
        interpolation="bilinear",
        mean=(0, 0, 0),
        std=(1, 1, 1),
        range=255,
    )
    assert described_preprocessing(specification) == {
        "size": "224",
        "resize": "squash",
        "interpolation": "bilinear",
        "mean": "0 0 0",
        "std": "1 1 1",
        "channels": "rgb",
        "range": "255",
        "from": "the configuration (resize, mean, std, range), otherwise torchvision's "
        "ResNet50_Weights.IMAGENET1K_V2",
    }


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"input_size": 224}, "models.net.preprocessing.input_size: unknown key 'input_size'"),
        ({"resize": "crop"}, "models.net.preprocessing.resize: expected a number of pixels from 8"),
        ({"resize": 10**6}, "models.net.preprocessing.resize: expected a number of pixels from 8"),
        ({"mean": [0.5]}, "models.net.preprocessing.mean: expected three numbers"),
        ({"std": [1, 1, float("nan")]}, "models.net.preprocessing.std"),
        (
            {"channels": "RGB"},
            "models.net.preprocessing.channels: unknown value 'RGB'; known: bgr, rgb",
        ),
        ({"range": 2}, "models.net.preprocessing.range: unknown value '2'; known: 1, 255"),
        ({"size": 0}, "models.net.preprocessing.size"),
    ],
)
def test_faults_of_a_configuration_name_the_key(stated: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(configured(stated))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
