"""Every ReLU of a forward pass, however a network calls it, with another backward pass.

A network's ReLUs are modules (`nn.ReLU`, `nn.ReLU6`, `nn.Hardtanh` from 0 on), functions of
`torch.nn.functional` or methods of tensors, in place or not, and one module may serve in several
places. All of them end in a few functions of torch, which a `TorchFunctionMode` sees when they are
called: nothing is hooked or replaced in the network, so nothing can be left behind. (A compiled or
scripted network would hide them; none is loaded here.)

The backward pass is that of guided backpropagation (Springenberg et al. 2015, section 3.4):

    y = min(max(0, x), top):  g_x = g_y [0 < x < top] [g_y > 0],  top = 6 for ReLU6, else infinite
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional
from torch.overrides import TorchFunctionMode

Function = Callable[..., Any]


class Rectifier(NamedTuple):
    """One call of y = min(max(0, x), top); `in_place`: y replaces x."""

    x: Tensor
    top: float
    in_place: bool


def _relu(input: Tensor, inplace: bool = False) -> Rectifier:
    return Rectifier(input, math.inf, inplace)


def _relu_in_place(input: Tensor) -> Rectifier:
    return Rectifier(input, math.inf, in_place=True)


def _relu6(input: Tensor, inplace: bool = False) -> Rectifier:
    return Rectifier(input, 6.0, inplace)


def _hardtanh(
    input: Tensor,
    min_val: float = -1.0,
    max_val: float = 1.0,
    inplace: bool = False,
) -> Rectifier | None:
    return Rectifier(input, max_val, inplace) if min_val == 0 else None


def _hardtanh_in_place(
    input: Tensor,
    min_val: float = -1.0,
    max_val: float = 1.0,
) -> Rectifier | None:
    return _hardtanh(input, min_val, max_val, inplace=True)


# a function of torch -> the rectifier that a call of it is, None where it is another function
CALLS: Mapping[Function, Callable[..., Rectifier | None]] = {
    torch.relu: _relu,
    Tensor.relu: _relu,
    functional.relu: _relu,
    torch.relu_: _relu_in_place,
    Tensor.relu_: _relu_in_place,
    functional.relu6: _relu6,
    functional.hardtanh: _hardtanh,
    functional.hardtanh_: _hardtanh_in_place,
}


class GuidedRectifiers(TorchFunctionMode):
    """While it is entered, every ReLU of this thread has the guided backward pass.

    Values are those of torch, to the last bit. `met` is the number of calls so far through which a
    gradient goes back; ReLUs of what does not depend on the image, such as Swin's position bias
    (version 2), are not counted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.met = 0

    def __torch_function__(
        self,
        func: Function,
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """What torch calls in place of `func`; inside of it the mode is off."""
        del types
        given = kwargs or {}
        call = CALLS[func](*args, **given) if func in CALLS else None
        if call is None:
            return func(*args, **given)
        self.met += call.x.requires_grad
        return _Guided.apply(*call)


class _Guided(torch.autograd.Function):
    """y = min(max(0, x), top) with the guided backward pass."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, top: float, in_place: bool) -> Tensor:
        """Tensors of any shape; `in_place`: x itself becomes y."""
        if in_place:
            ctx.mark_dirty(x)
            y = x.relu_() if top == math.inf else functional.hardtanh_(x, 0.0, top)
        else:
            y = x.relu() if top == math.inf else functional.hardtanh(x, 0.0, top)
        ctx.top = top
        ctx.save_for_backward(y)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """Only what comes from above zero (and below the top) and raises the score goes on."""
        (y,) = ctx.saved_tensors
        raising = grad.clamp(min=0)
        if ctx.top == math.inf:
            return torch.ops.aten.threshold_backward(raising, y, 0), None, None
        return torch.ops.aten.hardtanh_backward(raising, y, 0, ctx.top), None, None
