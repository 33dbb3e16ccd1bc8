"""What an architecture cannot serve is refused before any job, and without its weights."""

from __future__ import annotations

from typing import Any

import pytest

from inputgrad.errors import ModelError
from inputgrad.jobs.dag import Dag


def config(runs: dict[str, Any], *architectures: str) -> dict[str, Any]:
    models = {name: {"source": "torchvision", "architecture": name} for name in architectures}
    return {
        "device": "cpu",
        "images": {"sources": [{"kind": "bundled"}]},
        "models": models,
        "saliency": {"runs": runs},
        "adversarial": {"runs": {"gradient_ascent": {}}},
        "class_visualization": {"classes": ["daisy"], "runs": {"practical": {}}},
    }


@pytest.mark.parametrize(
    ("runs", "architectures", "lines"),
    [
        (
            {"cam": {"method": "grad_cam"}},
            ["resnet18", "vit_b_16"],
            ["cam: grad_cam: no convolution layer found in vit_b_16; set layer:"],
        ),
        (
            {"grad_cam": {"layer": "early"}, "guided_backprop": {}, "gradient": {}},
            ["swin_t", "convnext_tiny"],
            [
                "grad_cam: grad_cam: no convolution layer found in swin_t; set layer:",
                "guided_backprop: guided_backprop: swin_t has no ReLU",
                "guided_backprop: guided_backprop: convnext_tiny has no ReLU",
            ],
        ),
        (
            {"grad_cam": {"layer": "layer5"}},
            ["resnet18", "resnet34"],
            [
                f"grad_cam: grad_cam: unknown layer of {name} 'layer5'; did you mean 'layer4'? "
                "known: avgpool, bn1, conv1, early, fc, last, layer1, layer2, layer3, layer4, "
                "maxpool, middle, relu"
                for name in ("resnet18", "resnet34")
            ],
        ),
    ],
)
def test_every_method_is_asked_for_every_model(
    runs: dict[str, Any], architectures: list[str], lines: list[str]
) -> None:
    with pytest.raises(ModelError) as caught:
        Dag.from_config(config(runs, *architectures))
    assert str(caught.value).splitlines() == [f"saliency.runs.{line}" for line in lines]


def test_what_can_be_served_is_not_refused() -> None:
    runs = {
        "cam": {"method": "grad_cam", "layer": "conv_proj"},
        "gradient": {},
        **{f"random_{draw}": {"method": "random", "draw": draw} for draw in range(5)},
    }
    assert Dag.from_config(config(runs, "vit_b_16")).models == ["vit_b_16"]
    runs = {"grad_cam": {}, "guided_backprop": {}}
    assert Dag.from_config(config(runs, "vgg11", "mobilenet_v2", "squeezenet1_1"))
