"""The table of architectures against the networks themselves, and layers found by a look inside."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.config.settings import read_constant
from inputgrad.engine.gradients import score_and_gradient
from inputgrad.errors import ModelError
from inputgrad.models import packaged, torchvision_names
from inputgrad.models.classifier import Classifier
from inputgrad.models.feature_maps import feature_maps, layer_name, target_layer
from inputgrad.models.layers import DEPTHS, FAMILIES, TORCHVISION, Need, family, refusal
from inputgrad.models.rectifiers import GuidedRectifiers
from random_networks import named, on_meta
from small_networks import convolutional, lite0, preprocessing

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
# at least one of each row, the small ones: those of one row differ in depth and width alone
BUILT = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet",
    "inception_v3", "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_large",
    "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18", "resnet50",
    "shufflenet_v2_x0_5", "squeezenet1_0", "squeezenet1_1", "swin_t", "swin_v2_t", "vgg11", "vgg13",
    "vgg11_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "vit_b_32",
)  # fmt: skip


def built(architecture: str) -> Classifier:
    """At the size of its published weights, without memory."""
    side = 299 if architecture == "inception_v3" else 224
    return named(on_meta(architecture), architecture, side).to("meta")


def rectifiers_on_the_way(classifier: Classifier) -> int:
    side = classifier.input_size
    images = torch.empty(1, 3, side, side, device="meta")
    with GuidedRectifiers() as rectifiers:
        score_and_gradient(classifier, images, torch.zeros(1, dtype=torch.int64, device="meta"))
    return rectifiers.met


@pytest.mark.parametrize("architecture", BUILT)
def test_the_table_describes_the_network(architecture: str) -> None:
    classifier, row = built(architecture), family("torchvision", architecture)
    assert row is not None
    assert set(row.parts) == dict(classifier.network.named_children()).keys()
    assert row.relu == (rectifiers_on_the_way(classifier) > 0)
    if row.maps is None:
        return
    sides = feature_maps(classifier).sides
    names = [layer_name(classifier, depth) for depth in DEPTHS]
    early, middle, last = (sides[name] for name in names)
    assert 1.5 * last < middle <= 2.5 * last
    assert 1.5 * middle < early <= 2.5 * middle
    order = [*sides]
    assert sorted(names, key=order.index) == names
    after = dict(classifier.network.named_modules())
    later = order[order.index(names[-1]) + 1 :]
    kinds = {type(after[name]) for name in later if not [*after[name].children()]}
    assert kinds <= {nn.Dropout} | {kind for kind in kinds if "Pool" in kind.__name__}, later


@pytest.mark.parametrize("architecture", BUILT)
def test_without_the_table_a_look_inside_finds_layers_as_wide(architecture: str) -> None:
    classifier, row = built(architecture), family("torchvision", architecture)
    assert row is not None
    known = {} if row.maps is None else {d: layer_name(classifier, d) for d in DEPTHS}
    classifier.architecture = "unheard_of"
    sides = feature_maps(classifier).sides
    if architecture.startswith("vit_"):
        with pytest.raises(ModelError, match=r"^no convolution layer found in unheard_of; set lay"):
            layer_name(classifier, "last")
    elif known and not re.match("vgg|alexnet", architecture):  # they end in pooled maps
        found = {depth: sides[layer_name(classifier, depth)] for depth in DEPTHS}
        assert found == {depth: sides[name] for depth, name in known.items()}


def test_every_architecture_of_torchvision_and_of_packages_has_one_row() -> None:
    for architecture in torchvision_names.registry():
        rows = [row for row in TORCHVISION if re.fullmatch(row.names, architecture)]
        assert len(rows) == 1, architecture
    assert {family("torchvision", name) for name in BUILT} == {*TORCHVISION}
    assert all(family("package", name) is not None for name in packaged.PACKAGED)


def test_a_checkpoint_has_the_row_of_its_architecture_and_timm_its_own() -> None:
    assert family("checkpoint", "resnet50") == family("torchvision", "resnet50") is not None
    assert family("timm", "vit_base_patch16_224.augreg_in21k") == family("timm", "deit_tiny_x")
    assert family("timm", "resnet50") is family("", "resnet50") is None
    assert FAMILIES.keys() == {"torchvision", "checkpoint", "package", "timm"}


def test_the_packaged_lite_is_as_its_row_says() -> None:
    classifier, row = lite0(), family("package", "efficientnet_lite0")
    assert row is not None and row.relu
    assert (classifier.source, classifier.architecture) == ("package", "efficientnet_lite0")
    assert set(row.parts) == dict(classifier.network.named_children()).keys()
    sides = feature_maps(classifier).sides
    assert [sides[layer_name(classifier, depth)] for depth in DEPTHS] == [28, 14, 7]
    classifier.source = ""
    assert [sides[layer_name(classifier, depth)] for depth in DEPTHS] == [28, 14, 7]


@pytest.mark.parametrize(
    ("architecture", "need", "layer", "words"),
    [
        ("vit_b_16", "feature_maps", "last", "no convolution layer found in vit_b_16; set layer:"),
        ("swin_t", "feature_maps", "early", "no convolution layer found in swin_t; set layer:"),
        ("vit_b_16", "feature_maps", "conv_proj", None),
        ("swin_t", "feature_maps", "permute", None),
        ("resnet18", "feature_maps", "middle", None),
        ("resnet18", "feature_maps", "layer4.1.bn2", None),
        ("resnet18", "feature_maps", "layr4", "unknown layer of resnet18 'layr4'; did you mean '"),
        ("convnext_tiny", "relu", "last", "convnext_tiny has no ReLU"),
        ("efficientnet_b3", "relu", "last", "efficientnet_b3 has no ReLU"),
        ("mobilenet_v3_small", "relu", "last", None),
        ("a_network_of_my_own", "relu", "last", None),
    ],
)
def test_what_cannot_be_served_is_refused(
    architecture: str, need: Need, layer: str, words: str | None
) -> None:
    found = refusal("torchvision", architecture, need, layer=layer)
    assert found is words is None or (words is not None and (found or "").startswith(words))


def test_needs_are_known_and_read_without_torch() -> None:
    sources = map(registry.source_file, registry.METHODS["saliency"].values())
    needs = {read_constant(source, "NEEDS") for source in sources} - {None}
    assert needs == set(get_args(Need))
    program = "import sys, inputgrad.models.layers; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=SCRIPTS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


# --- a look inside ----------------------------------------------------------------------------


class Square(nn.Module):
    """Calls one layer twice, gives a map of channels last, and pads and pools."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.again = nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 4, 1)
        self.norm, self.pool = nn.LayerNorm(4), nn.AdaptiveAvgPool2d(2)
        self.pad, self.head = nn.ZeroPad2d(1), nn.Linear(16 * 4, 1000)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.again(self.again(self.first(images)))
        turned = self.norm(maps.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        logits: Tensor = self.head(self.pad(self.pool(turned)).flatten(1))
        return logits


def test_a_look_tells_maps_from_other_tensors_and_takes_its_hooks_off() -> None:
    classifier = Classifier(Square(), preprocessing(16))
    found = feature_maps(classifier)
    assert found.sides == {"first": 8, "again": 8, "pool": 2, "pad": 4}
    assert [*found.sides] == ["first", "again", "pool", "pad"]
    assert found.reach == 6 / 7
    assert layer_name(classifier, "last") == "again"
    assert target_layer(classifier, "again") is classifier.network.again
    assert not any(module._forward_hooks for module in classifier.modules())
    assert feature_maps(classifier) is found


def test_hooks_come_off_when_the_network_fails() -> None:
    classifier = Classifier(Square(), preprocessing(16))
    with torch.no_grad(), pytest.raises(RuntimeError):
        classifier.input_size = 15
        classifier.network.head = nn.Linear(5, 1000)
        feature_maps(classifier)
    assert not any(module._forward_hooks for module in classifier.modules())


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            "middle",
            "no middle layer found in Sequential, whose maps are at most 6 pixels wide",
        ),
        ("7", "unknown layer of Sequential '7'; known: 0, 1, 2, 3, 4, 5, early, last, middle"),
        ("4.5", "unknown layer of Sequential '4.5'; did you mean '4.1'? known: 4.0, 4.1, early"),
        ("-7", "unknown layer of Sequential '-7'"),
        ("5", "unknown layer of Sequential with a feature map '5'; known: 0, 1, 2, 3, 4.0"),
    ],
)
def test_an_unknown_layer_names_the_known_ones(layer: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        layer_name(convolutional(), layer)
    assert str(caught.value).startswith(words)


def test_layers_by_number_from_the_end() -> None:
    classifier = convolutional()
    assert layer_name(classifier, "-3") == layer_name(classifier, "3") == "3"
    assert layer_name(classifier, "-2.-2") == "4.0"
    assert layer_name(classifier, "last") == "3"


def test_a_layer_outside_the_way_to_the_score_is_refused() -> None:
    """SqueezeNet's class map is not computed by its module."""
    classifier = built("squeezenet1_1")
    assert layer_name(classifier, "last") == layer_name(classifier, "features.-1") == "features.12"
    with pytest.raises(ModelError, match="unknown layer of squeezenet1_1 with a feature map 'cla"):
        layer_name(classifier, "classifier.1")
