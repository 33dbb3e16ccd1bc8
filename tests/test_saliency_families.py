"""Methods that look inside a network, on every kind of network that is to be served."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from inputgrad import registry
from inputgrad.engine.randomness import Noise
from inputgrad.errors import ModelError
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.saliency.attribution import Attribution
from random_networks import FAMILIES, RECTIFIED, random_network
from small_networks import pictures

# SiLU wants a multiple of the processor's vectors in every row of its smallest layer
SLOTS = dict.fromkeys(FAMILIES, 4) | {"efficientnet_b0": 16, "efficientnet_lite0": 2}
METHODS: list[tuple[str, dict[str, Any]]] = [
    ("smoothgrad", {"samples": 2}),
    ("integrated_gradients", {"steps": 2}),
    ("guided_backprop", {}),
    ("grad_cam", {}),
    ("grad_cam", {"layer": "early"}),
]
loaded = cache(random_network)


def photographs(classifier: Classifier) -> tuple[Tensor, Tensor]:
    """A batch of photographs and labels, the network's first choice."""
    pixels = pictures(classifier.input_size, SLOTS[classifier.architecture])
    images = torch.stack([to_tensor(one) for one in pixels])
    images = images.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        return images, classifier(images).argmax(dim=1)


def attributed(
    classifier: Classifier,
    images: Tensor,
    targets: Tensor,
    method: str,
    streams: Sequence[int] | None = None,
    **parameters: Any,
) -> Attribution:
    module = registry.load("saliency", method)
    noise = Noise(streams or range(len(images)), images)
    found: Attribution = module.attribute(
        classifier, images, targets, module.Parameters(**parameters), noise
    )
    return found


def hooks_of(classifier: Classifier) -> list[object]:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return [getattr(module, kind) for module in classifier.modules() for kind in kinds]


@pytest.mark.parametrize("architecture", FAMILIES)
@pytest.mark.parametrize(("method", "parameters"), METHODS, ids=str)
def test_maps_are_their_own_and_the_network_is_as_before(
    architecture: str, method: str, parameters: dict[str, Any]
) -> None:
    classifier = loaded(architecture)
    if method == "guided_backprop" and architecture not in RECTIFIED:
        pytest.skip("is refused")
    images, targets = photographs(classifier)
    before = attributed(classifier, images, targets, "gradient").maps
    found = attributed(classifier, images, targets, method, **parameters)
    for rows in ([*range(len(images))][::-1], [1] * len(images)):
        again = attributed(classifier, images[rows], targets[rows], method, rows, **parameters)
        assert torch.equal(again.maps, found.maps[rows])
    assert found.maps.isfinite().all() and found.maps.flatten(1).any(dim=1).any()

    assert not any(hooks_of(classifier))
    assert not any(parameter.requires_grad for parameter in classifier.parameters())
    assert torch.equal(attributed(classifier, images, targets, "gradient").maps, before)


@pytest.mark.parametrize("architecture", RECTIFIED)
def test_guided_backprop_is_not_the_gradient(architecture: str) -> None:
    classifier = loaded(architecture)
    images, targets = photographs(classifier)
    guided = attributed(classifier, images, targets, "guided_backprop").maps
    plain = attributed(classifier, images, targets, "gradient").maps
    similarity = nn.functional.cosine_similarity(guided.flatten(1), plain.flatten(1))
    assert (similarity < 0.9).all(), similarity


def test_guided_backprop_refuses_a_network_of_silu() -> None:
    classifier = loaded("efficientnet_b0")
    with pytest.raises(ModelError, match=r"^guided_backprop: efficientnet_b0 has no ReLU$"):
        attributed(classifier, *photographs(classifier), "guided_backprop")


class Failing(nn.Module):
    """The end of a network that fails."""

    def forward(self, _: Tensor) -> Tensor:
        raise RuntimeError("the network fails")


@pytest.mark.parametrize(("method", "parameters"), METHODS, ids=str)
def test_after_an_error_the_network_is_as_before(method: str, parameters: dict[str, Any]) -> None:
    classifier = random_network("resnet18")
    images, targets = photographs(classifier)
    before = attributed(classifier, images, targets, "gradient").maps
    attributed(classifier, images, targets, method, **parameters)  # the layer is known by now
    head, classifier.network.fc = classifier.network.fc, Failing()
    with pytest.raises(RuntimeError, match="the network fails"):
        attributed(classifier, images, targets, method, **parameters)
    classifier.network.fc = head
    assert not any(hooks_of(classifier))
    assert torch.equal(attributed(classifier, images, targets, "gradient").maps, before)
