"""Pooling layers whose gradients have the same bits on every run, also on a GPU.

torch has no deterministic backward pass on CUDA for two layers of torchvision's networks:

- Adaptive average pooling. Where the output has the input's size (VGG16 and AlexNet at 224 pixels)
  it does nothing: each window is one pixel. Left out, no bit changes. To one pixel it is a mean,
  which torch computes as such. Any other size stays torch's.
- Max pooling. The windows of a pixel add their gradients at the same time, in any order. Here, on
  CUDA, they do so one place of the window after the other, from its last to its first, so that a
  pixel sums its windows from the top left to the bottom right. This is the order of torch on a
  CPU, with the same bits in float32; narrower numbers are added in float32.

    g_x[p] = sum over places k, from the last, of g_y[o] where p = stride o - padding + dilation k
             is the pixel that window o has taken, 0 where it has taken another one
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import max_pool2d

Pair = tuple[int, int]


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """torch's, left out where the output has the input's size."""

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, h, w)."""
        if images.shape[2:] == _pair(self.output_size):
            return images
        pooled: Tensor = super().forward(images)
        return pooled


class MaxPool2d(nn.MaxPool2d):
    """torch's, with the ordered backward pass on CUDA."""

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) to (N, C, h, w)."""
        pooled: Tensor
        if images.is_cuda:
            pooled = OrderedMaxPool.apply(images, Windows.of(self))
        else:
            pooled = super().forward(images)
        return pooled


def with_ordered_gradients(network: nn.Module) -> nn.Module:
    """Give the pooling layers of a network, in place, the classes above; the network.

    They differ in what they do and not in what they hold. Subclasses keep theirs.
    """
    for module in network.modules():
        if type(module) in OURS:
            module.__class__ = OURS[type(module)]
    return network


OURS: dict[type[nn.Module], type[nn.Module]] = {
    nn.AdaptiveAvgPool2d: AdaptiveAvgPool2d,
    nn.MaxPool2d: MaxPool2d,
}


class Windows(NamedTuple):
    """Where the windows of max pooling are: (down, across) of each, as torch means them."""

    size: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    ceil_mode: bool

    @classmethod
    def of(cls, pool: nn.MaxPool2d) -> Self:
        """Those of a layer."""
        size, stride = _pair(pool.kernel_size), _pair(pool.stride)
        return cls(size, stride, _pair(pool.padding), _pair(pool.dilation), pool.ceil_mode)


class OrderedMaxPool(torch.autograd.Function):
    """Max pooling whose backward pass sums the windows of a pixel in one order, on any device."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, windows: Windows) -> Tensor:
        """(N, C, H, W) to (N, C, h, w)."""
        pooled: Tensor
        pooled, taken = max_pool2d(images, *windows, return_indices=True)
        ctx.windows, ctx.image_size = windows, images.shape[-2:]
        ctx.save_for_backward(taken)
        return pooled

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """Gradient of the images (N, C, H, W), channels_last, from that of the pooled ones."""
        (taken,) = ctx.saved_tensors
        return _spread(grad, taken, ctx.image_size, ctx.windows), None


def _spread(grad: Tensor, taken: Tensor, image_size: Pair, windows: Windows) -> Tensor:
    """Add the gradient of each window (N, C, h, w) to the pixel that it has taken.

    taken: (N, C, h, w), the pixel's number in its image, row by row.
    """
    height, width = image_size
    down = _Axis(windows, 0, length=height, count=grad.shape[2])
    across = _Axis(windows, 1, length=width, count=grad.shape[3])
    row = down.place(taken // width, down.origins(taken)[:, None])
    column = across.place(taken % width, across.origins(taken))
    total = torch.zeros(
        (*grad.shape[:2], down.padded, across.padded),
        dtype=torch.promote_types(grad.dtype, torch.float32),
        device=grad.device,
    ).contiguous(memory_format=torch.channels_last)
    for r in reversed(range(windows.size[0])):
        for c in reversed(range(windows.size[1])):
            own = torch.where((row == r) & (column == c), grad, 0)
            total[:, :, down.pixels(r), across.pixels(c)] += own
    return total[:, :, down.image, across.image].to(grad.dtype)


class _Axis:
    """Rows or columns: pixels, those around them that are padding, and windows over both."""

    def __init__(self, windows: Windows, axis: int, *, length: int, count: int) -> None:
        self._stride, self._dilation = windows.stride[axis], windows.dilation[axis]
        self._padding, self._count = windows.padding[axis], count
        self._span = self._stride * (count - 1) + 1  # from the first window's start to the last's
        reach = self._span + self._dilation * (windows.size[axis] - 1)
        self.padded = max(self._padding + length, reach)
        self.image = slice(self._padding, self._padding + length)

    def origins(self, like: Tensor) -> Tensor:
        """(count,), the pixel at which each window starts, negative in the padding."""
        return torch.arange(self._count, device=like.device) * self._stride - self._padding

    def place(self, pixels: Tensor, origins: Tensor) -> Tensor:
        """Which of its window's pixels a pixel is."""
        return (pixels - origins) // self._dilation

    def pixels(self, place: int) -> slice:
        """The padded pixels that are at one place of each window."""
        start = place * self._dilation
        return slice(start, start + self._span, self._stride)


def _pair(value: Any) -> Pair:
    """A number for both directions, or one for each, as torch's layers take them."""
    return (value, value) if isinstance(value, int) else tuple(value)
