"""Which layers of an architecture hold feature maps, and whether it has ReLUs (no torch).

A saliency method that looks inside a network says what it needs of it (`NEEDS` in its module), and
this table answers before any job starts. A row is a family of architectures, known by their names:
torchvision's, and those of the packages. Feature maps are the ends of the last three resolutions,
each half as wide as the one before: `last` is what the classifier pools, `middle` and `early` lie
below. A layer is named by its dotted path from the network, in which a negative number counts the
children of a module from its end. Where an activation is a module of its own, its output is the
map; DenseNet ends in a functional one, so its last map is that of the normalisation before it.

Of timm's architectures the table knows those that have no ReLU or no feature maps; the layers of
the others, and of networks in no row, are found when they are loaded (`models/feature_maps.py`).
A test builds every family and compares it with its row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from inputgrad.errors import unknown

Need = Literal["relu", "feature_maps"]  # what a method's `NEEDS` may be
DEPTHS = ("early", "middle", "last")


@dataclass(frozen=True, kw_only=True)
class Family:
    """A row.

    names: pattern of the architectures' whole names.
    relu: whether it has a ReLU or ReLU6 at all.
    maps: the layers with the feature maps at each of `DEPTHS`; None where there are none to be
        taken by default, as in transformers; () where they are found when it is loaded.
    parts: the network's own children, with which every layer's name begins; () where not known.
    """

    names: str
    relu: bool
    maps: tuple[str, str, str] | tuple[()] | None
    parts: tuple[str, ...] = ()


FEATURES = ("features", "avgpool", "classifier")
RESNET = ("conv1", "bn1", "relu", "maxpool", *(f"layer{i}" for i in (1, 2, 3, 4)), "avgpool", "fc")
INCEPTIONS = tuple(f"inception{block}" for block in ("3a", "3b", *(f"4{b}" for b in "abcde")))
MIXED = tuple(f"Mixed_{block}" for block in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e"))


def _features(*places: int) -> tuple[str, str, str]:
    """Children of `features` by their numbers."""
    early, middle, last = (f"features.{place}" for place in places)
    return early, middle, last


TORCHVISION: tuple[Family, ...] = (
    Family(names="alexnet", relu=True, maps=_features(1, 4, -2), parts=FEATURES),
    Family(
        names="convnext_(tiny|small|base|large)", relu=False, maps=_features(3, 5, 7),
        parts=FEATURES,
    ),
    Family(
        names=r"densenet\d+", relu=True,
        maps=("features.denseblock2", "features.denseblock3", "features.norm5"),
        parts=("features", "classifier"),
    ),
    Family(names=r"efficientnet_(b\d|v2_[sml])", relu=False, maps=_features(3, 5, -1),
           parts=FEATURES),
    Family(
        names="googlenet", relu=True, maps=("inception3b", "inception4e", "inception5b"),
        parts=("conv1", "maxpool1", "conv2", "conv3", "maxpool2", *INCEPTIONS, "maxpool3",
               "maxpool4", "inception5a", "inception5b", "avgpool", "dropout", "fc"),
    ),
    Family(
        names="inception_v3", relu=True, maps=("Mixed_5d", "Mixed_6e", "Mixed_7c"),
        parts=("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1",
               "Conv2d_4a_3x3", "maxpool2", *MIXED, "Mixed_7a", "Mixed_7b", "Mixed_7c", "avgpool",
               "dropout", "fc"),
    ),
    Family(names="maxvit_t", relu=False, maps=("blocks.1", "blocks.2", "blocks.3"),
           parts=("stem", "blocks", "classifier")),
    Family(names=r"mnasnet\d_\d+", relu=True, maps=("layers.9", "layers.11", "layers.-1"),
           parts=("layers", "classifier")),
    Family(names="mobilenet_v2", relu=True, maps=_features(6, 13, -1),
           parts=("features", "classifier")),
    Family(names="mobilenet_v3_large", relu=True, maps=_features(6, 12, -1), parts=FEATURES),
    Family(names="mobilenet_v3_small", relu=True, maps=_features(3, 8, -1), parts=FEATURES),
    Family(
        names=r"regnet_[xy]_\w+", relu=True,
        maps=("trunk_output.block2", "trunk_output.block3", "trunk_output.block4"),
        parts=("stem", "trunk_output", "avgpool", "fc"),
    ),
    Family(names=r"(resnet|resnext|wide_resnet)\d+(_\w+)?", relu=True,
           maps=("layer2", "layer3", "layer4"), parts=RESNET),
    Family(
        names=r"shufflenet_v2_x\d_\d", relu=True, maps=("stage2", "stage3", "conv5"),
        parts=("conv1", "maxpool", "stage2", "stage3", "stage4", "conv5", "fc"),
    ),
    Family(names="squeezenet1_0", relu=True, maps=_features(5, 10, 12),
           parts=("features", "classifier")),
    Family(names="squeezenet1_1", relu=True, maps=_features(4, 7, 12),
           parts=("features", "classifier")),
    Family(
        names=r"swin_(v2_)?[tsb]", relu=False, maps=None,
        parts=("features", "norm", "permute", "avgpool", "flatten", "head"),
    ),
    Family(names="vgg1[13]", relu=True, maps=_features(-12, -7, -2), parts=FEATURES),
    Family(names="vgg(16|1[13]_bn)", relu=True, maps=_features(-16, -9, -2), parts=FEATURES),
    Family(names="vgg19", relu=True, maps=_features(-20, -11, -2), parts=FEATURES),
    Family(names="vgg16_bn", relu=True, maps=_features(-22, -12, -2), parts=FEATURES),
    Family(names="vgg19_bn", relu=True, maps=_features(-28, -15, -2), parts=FEATURES),
    Family(names=r"vit_[blh]_\d+", relu=False, maps=None, parts=("conv_proj", "encoder", "heads")),
)  # fmt: skip
PACKAGE: tuple[Family, ...] = (
    Family(
        names=r"efficientnet_lite\d", relu=True, maps=("_blocks.4", "_blocks.10", "_swish"),
        parts=("_conv_stem", "_bn0", "_blocks", "_conv_head", "_bn1", "_avg_pooling", "_dropout",
               "_fc", "_swish"),
    ),
    *(family for family in TORCHVISION if family.names.startswith("squeezenet")),
)  # fmt: skip
TIMM: tuple[Family, ...] = (
    Family(
        names=r"(vit|deit3?|beit(v2)?|eva(02)?|cait|xcit|mixer|gmlp|resmlp|flexivit|swin(v2)?|tnt|"
        r"twins|volo|naflexvit|samvit)_\w+",
        relu=False,
        maps=None,
    ),
    Family(names=r"convnext(v2)?_\w+", relu=False, maps=()),
    Family(names=r"(tf_)?efficientnet(v2)?_(b\d|s|m|l|xl|rw_\w+)\w*", relu=False, maps=()),
)
FAMILIES = {
    "torchvision": TORCHVISION,
    "checkpoint": TORCHVISION,
    "package": PACKAGE,
    "timm": TIMM,
}


def family(source: str, architecture: str) -> Family | None:
    """The row of an architecture of one of `inputgrad.models.SOURCES`; None where there is none."""
    name = architecture.partition(".")[0]  # timm's tags follow a point
    rows = FAMILIES.get(source, ())
    return next((row for row in rows if re.fullmatch(row.names, name)), None)


def refusal(source: str, architecture: str, need: Need, *, layer: str = "last") -> str | None:
    """Why a method cannot serve an architecture, in words; None where the table has no objection.

    layer: where feature maps are needed, the layer that was set: one of `DEPTHS` or a dotted name.
    """
    row = family(source, architecture)
    if row is None:
        return None
    if need == "relu":
        return None if row.relu else f"{architecture} has no ReLU"
    if layer in DEPTHS:
        return None if row.maps is not None else no_feature_maps(architecture)
    part = layer.partition(".")[0]
    if row.parts and part not in row.parts:
        return no_layer(architecture, layer, row.parts)
    return None


def no_feature_maps(architecture: str) -> str:
    """The words for a network without feature maps to be taken by default."""
    return f"no convolution layer found in {architecture}; set layer:"


def no_layer(architecture: str, layer: str, known: tuple[str, ...]) -> str:
    """The words for a layer that there is not."""
    return unknown(f"layer of {architecture}", layer, (*DEPTHS, *known))
