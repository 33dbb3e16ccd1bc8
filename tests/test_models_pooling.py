"""Pooling with one order of summing: bit for bit what torch computes on a CPU."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision import models

from inputgrad.models.classifier import Classifier
from inputgrad.models.pooling import (
    AdaptiveAvgPool2d,
    MaxPool2d,
    OrderedMaxPool,
    Windows,
    with_ordered_gradients,
)
from small_networks import preprocessing

SIZES = [(7, 7), (13, 12), (9, 2), (5, 6)]
LAYERS = [
    nn.MaxPool2d(size, stride, padding, dilation, ceil_mode=ceil_mode)
    for size, stride, padding, dilation, ceil_mode in product(
        [2, 3, (3, 2)], [1, 2, 3, (1, 2)], [0, 1], [1, 2], [False, True]
    )
]


def features(size: tuple[int, int], *, ties: bool) -> Tensor:
    """(2, 5, H, W) channels_last; with `ties`, many of a window's largest values are equal."""
    drawn = torch.randn(2, 5, *size, generator=torch.Generator().manual_seed(sum(size)))
    drawn = (2 * drawn).round().relu() if ties else drawn
    return drawn.contiguous(memory_format=torch.channels_last).requires_grad_()


def gradient(pooled: Tensor, given: Tensor) -> Tensor:
    """Of a sum of the pooled values with random weights."""
    weights = torch.randn(pooled.shape, generator=torch.Generator().manual_seed(0))
    (found,) = torch.autograd.grad(pooled, given, weights.to(pooled))
    return found


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.extra_repr())
def test_max_pooling_has_the_bits_of_torch_on_a_cpu(layer: nn.MaxPool2d, ties: bool) -> None:
    for size in SIZES:
        given = features(size, ties=ties)
        try:
            expected = layer(given)
        except RuntimeError:  # no window fits: torch's word on it is ours
            continue
        found = OrderedMaxPool.apply(given, Windows.of(layer))
        assert torch.equal(found, expected)
        assert torch.equal(gradient(found, given), gradient(expected, given))


def test_sixteen_bits_are_summed_in_thirty_two() -> None:
    layer = nn.MaxPool2d(3, 1)
    given = features((9, 9), ties=True)
    narrow = given.detach().bfloat16().requires_grad_()
    expected = gradient(OrderedMaxPool.apply(given, Windows.of(layer)), given)
    found = gradient(OrderedMaxPool.apply(narrow, Windows.of(layer)), narrow)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), expected, rtol=0.01, atol=0.02)


@pytest.mark.parametrize("size", [(7, 7), (3, 5), (1, 1)])
def test_average_pooling_to_its_own_size_is_nothing(size: tuple[int, int]) -> None:
    given = features(size, ties=False)
    found = AdaptiveAvgPool2d(size)(given)
    assert found is given
    expected = nn.AdaptiveAvgPool2d(size)(given)
    assert torch.equal(found, expected)
    assert torch.equal(gradient(2 * found, given), gradient(2 * expected, given))


@pytest.mark.parametrize("wanted", [1, 3, (7, 2), (None, 4)])
def test_average_pooling_to_another_size_is_torchs(wanted: Any) -> None:
    given = features((7, 7), ties=False)
    found, expected = AdaptiveAvgPool2d(wanted)(given), nn.AdaptiveAvgPool2d(wanted)(given)
    assert torch.equal(found, expected)
    assert torch.equal(gradient(found, given), gradient(expected, given))


def operations(of: Tensor) -> set[str]:
    """Names of the backward passes behind a tensor."""
    found: set[str] = set()
    waiting = [of.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None:
            found.add(node.name())
            waiting += [before for before, _ in node.next_functions]
    return found


@pytest.mark.parametrize("architecture", ["alexnet", "squeezenet1_1", "resnet18"])
def test_networks_keep_their_scores_and_lose_what_cuda_refuses(architecture: str) -> None:
    torch.manual_seed(0)
    network = models.get_model(architecture).eval()
    images = torch.rand(1, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    expected = network(images)
    classifier = Classifier(network, preprocessing(224))
    leaf = images.clone().requires_grad_()
    found = classifier.forward_normalized(leaf)
    assert torch.equal(found, expected)
    assert not any("AdaptiveAvgPool" in name for name in operations(found))
    pools = [m for m in classifier.modules() if isinstance(m, nn.MaxPool2d)]
    assert pools
    assert all(type(pool) is MaxPool2d for pool in pools)


def test_a_layer_that_is_another_class_is_left_alone() -> None:
    class Own(nn.MaxPool2d):
        pass

    network = with_ordered_gradients(nn.Sequential(Own(2), nn.MaxPool2d(2), nn.AvgPool2d(2)))
    assert [type(layer) for layer in network.children()] == [Own, MaxPool2d, nn.AvgPool2d]
