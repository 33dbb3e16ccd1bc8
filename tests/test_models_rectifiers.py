"""Every way to call a ReLU has the guided backward pass, and nothing else changes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inputgrad.models.rectifiers import GuidedRectifiers

Call = Callable[[Tensor], Tensor]

# name -> (call, top, whether the result replaces the input)
CALLS: dict[str, tuple[Call, float, bool]] = {
    "torch.relu": (torch.relu, math.inf, False),
    "torch.relu_": (torch.relu_, math.inf, True),
    "Tensor.relu": (lambda x: x.relu(), math.inf, False),
    "Tensor.relu_": (lambda x: x.relu_(), math.inf, True),
    "F.relu": (F.relu, math.inf, False),
    "F.relu in place": (lambda x: F.relu(x, inplace=True), math.inf, True),
    "F.relu in place by position": (lambda x: F.relu(x, True), math.inf, True),
    "F.relu_": (F.relu_, math.inf, True),
    "F.relu6": (F.relu6, 6, False),
    "F.relu6 in place": (lambda x: F.relu6(x, inplace=True), 6, True),
    "F.hardtanh": (lambda x: F.hardtanh(x, 0.0, 2.0), 2, False),
    "F.hardtanh in place": (lambda x: F.hardtanh(x, min_val=0, max_val=2, inplace=True), 2, True),
    "F.hardtanh_": (lambda x: F.hardtanh_(x, 0.0, 2.0), 2, True),
    "nn.ReLU": (nn.ReLU(), math.inf, False),
    "nn.ReLU in place": (nn.ReLU(inplace=True), math.inf, True),
    "nn.ReLU6": (nn.ReLU6(), 6, False),
    "nn.ReLU6 in place": (nn.ReLU6(inplace=True), 6, True),
    "nn.Hardtanh": (nn.Hardtanh(0, 2), 2, False),
}
OTHERS: dict[str, Call] = {
    "F.hardtanh": F.hardtanh,
    "F.hardtanh_": lambda x: F.hardtanh_(x, -2.0, 2.0),
    "nn.Hardtanh": nn.Hardtanh(),
    "F.silu": F.silu,
    "F.gelu": F.gelu,
    "F.hardswish": F.hardswish,
    "F.leaky_relu": F.leaky_relu,
}


@pytest.fixture
def drawn() -> tuple[Tensor, Tensor]:
    """Inputs and gradients from above, of both signs, below, within and above the range."""
    random = torch.Generator().manual_seed(0)
    return 6 * torch.randn(400, generator=random), torch.randn(400, generator=random)


def backward(call: Call, x: Tensor, above: Tensor) -> tuple[Tensor, Tensor]:
    """Result, and gradient of a leaf of which the call sees a copy, which it may replace."""
    leaf = x.clone().requires_grad_()
    y = call(leaf * 1)
    (found,) = torch.autograd.grad(y, leaf, above)
    return y.detach(), found


@pytest.mark.parametrize("name", list(CALLS))
def test_a_relu_has_torchs_value_and_the_guided_gradient(
    name: str, drawn: tuple[Tensor, Tensor]
) -> None:
    (call, top, _), (x, above) = CALLS[name], drawn
    plain, plain_gradient = backward(call, x, above)
    with GuidedRectifiers() as rectifiers:
        value, gradient = backward(call, x, above)
    assert rectifiers.met == 1
    assert torch.equal(value, plain)
    assert torch.equal(gradient, plain_gradient.clamp(min=0))
    assert torch.equal(gradient, above * (x > 0) * (x < top) * (above > 0))
    assert not torch.equal(gradient, plain_gradient)


@pytest.mark.parametrize("name", list(CALLS))
def test_in_place_stays_in_place_and_the_rest_leaves_its_input(
    name: str, drawn: tuple[Tensor, Tensor]
) -> None:
    (call, _, in_place), (x, _) = CALLS[name], drawn
    given = x.clone()
    with GuidedRectifiers():
        found = call(given)
    assert (found is given) is in_place
    assert torch.equal(given, found if in_place else x)


@pytest.mark.parametrize("name", list(OTHERS))
def test_other_functions_are_left_alone(name: str, drawn: tuple[Tensor, Tensor]) -> None:
    expected = backward(OTHERS[name], *drawn)
    with GuidedRectifiers() as rectifiers:
        found = backward(OTHERS[name], *drawn)
    assert rectifiers.met == 0
    assert all(map(torch.equal, found, expected))


def test_a_part_that_replaces_a_view_of_its_input(drawn: tuple[Tensor, Tensor]) -> None:
    """As DenseNet does with a concatenated tensor: the whole sees the part that was replaced."""
    x, above = drawn

    def halves(y: Tensor) -> Tensor:
        F.relu(y[:200], inplace=True)
        return y

    _, plain = backward(halves, x, above)
    with GuidedRectifiers():
        value, gradient = backward(halves, x, above)
    assert torch.equal(value, torch.cat([x[:200].relu(), x[200:]]))
    assert torch.equal(gradient, torch.cat([plain[:200].clamp(min=0), plain[200:]]))


def test_what_has_no_gradient_is_not_counted() -> None:
    with GuidedRectifiers() as rectifiers:
        torch.relu(torch.ones(3))
        with torch.no_grad():
            torch.relu(torch.ones(3, requires_grad=True) * 1)
    assert rectifiers.met == 0


def test_after_an_error_a_relu_is_a_relu(drawn: tuple[Tensor, Tensor]) -> None:
    expected = backward(torch.relu, *drawn)
    with pytest.raises(ValueError, match="stop"), GuidedRectifiers():
        raise ValueError("stop")
    assert all(map(torch.equal, backward(torch.relu, *drawn), expected))
