"""A multigrid V-cycle for pixels that are the weighted mean of their neighbours.

With w = 1/6 for the four direct and 1/12 for the four diagonal neighbours, `removed` pixels m = 1
and known ones m = 0, the unknown x solves A x = b on the removed pixels,

    (A x)_i = d_i x_i - sum over removed neighbours j of w_ij x_j,   d_i = sum of w_ij in the image

(Rong et al. 2022, section 4.2: every known pixel is a boundary value, the image's border is
none). A hole is as hard as it is wide: Jacobi's step x + r / d removes two thirds and more of an
error that changes from pixel to pixel, since the eigenvalues of A / d are then in [2/3, 4/3], and
nothing of one as wide as the hole. So the rest is corrected on grids of half the size, and halves
of that, down to one pixel (Trottenberg, Oosterlee, Schüller 2001, "Multigrid", chapter 2):

    x = J r;   x += o S P V(P' S (r - A x));   x = J r + J W x,   J = m / d

P interpolates linearly between the centres of 2 x 2 pixels, P' is its transpose, S = m on pixels
whose interpolation weights add up to 1. On a coarser grid A keeps its weights between pixels that
have a removed pixel below them, and the known pixels are a pull g towards 0 added to d: the sum
of the rows below, P' S (A 1). Deviations from the products P' S A S P: this g times `PULL`, and a
correction times `OVER`, which halve the steps that a solver needs (measured on 33 masks of 224
pixels: noise, smooth noise, edges, discs, frames, stripes; products would need 9 coefficients a
pixel). V is symmetric and positive, so conjugate gradients may be preconditioned with it.

Tensors are (1, C, H, W), channels_last, one system a channel: a depthwise convolution works on
eight channels at a time and no channel sees another.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d, pad

DIRECT, DIAGONAL = 1 / 6, 1 / 12  # weights of the neighbours, Rong et al. 2022, section 4.2
PULL = 0.8  # of the sum of rows, tried from 0.5 to 1
OVER = 1.1  # of the coarse correction, tried from 0.8 to 1.5


@dataclass(frozen=True)
class Level:
    """One grid.

    Attributes:
        inverse: (1, C, h, w), J of the module's text: 1 / (d + g), 0 at known pixels.
        transfer: (1, C, 2h', 2w'), S of the module's text, of the even size that the next grid of
            (h', w') halves; None on the last grid.
    """

    inverse: Tensor
    transfer: Tensor | None


def hierarchy(removed: Tensor, *, colours: int) -> list[Level]:
    """The grids for masks (1, N, H, W) float32 of zeros and ones, the finest first.

    Channels are those of `colours` systems a mask, all masks of one colour side by side. A mask of
    ones alone has no boundary value: its system is singular.
    """
    levels: list[Level] = []
    mask = removed
    pull = mask * (neighbours(torch.ones_like(mask)) - neighbours(mask))
    while True:
        diagonal = mask * neighbours(mask) + pull
        inverse = torch.where(mask > 0, 1 / torch.where(mask > 0, diagonal, 1), 0)
        if max(mask.shape[2:]) == 1:
            return [*levels, Level(_coloured(inverse, colours), None)]
        transfer = weigh_borders_(evened(mask).clone())
        levels.append(Level(_coloured(inverse, colours), _coloured(transfer, colours)))
        pull = PULL * coarser(transfer * evened(pull))
        mask = (coarser(transfer) > 0).to(mask.dtype)


def v_cycle(levels: list[Level], residual: Tensor) -> Tensor:
    """About A^-1 `residual` on the first of the grids, (1, C, h, w); 0 at known pixels.

    What the residual says of known pixels is not looked at.
    """
    level, *rest = levels
    jacobi = level.inverse * residual
    if level.transfer is None:
        return jacobi
    below = coarser(evened(neighbours(jacobi)).mul_(level.transfer))
    height, width = residual.shape[2:]
    correction = finer(v_cycle(rest, below))[..., :height, :width]
    transfer = level.transfer[..., :height, :width]
    corrected = torch.addcmul(jacobi, transfer, correction, value=OVER)
    return jacobi.addcmul_(level.inverse, neighbours(corrected))


def neighbours(x: Tensor) -> Tensor:
    """W x: the weighted sum of each pixel's eight neighbours, those outside the image as zero."""
    row = torch.tensor([DIAGONAL, DIRECT, DIAGONAL], device=x.device)
    middle = torch.tensor([DIRECT, 0.0, DIRECT], device=x.device)
    kernel = torch.stack([row, middle, row]).expand(x.shape[1], 1, 3, 3)
    return conv2d(x, kernel, padding=1, groups=x.shape[1])


def coarser(x: Tensor) -> Tensor:
    """P' x, (1, C, h, w) of (1, C, 2h, 2w): sums over 4 x 4 pixels, 4 times their mean."""
    return conv2d(x, _spread(x), padding=1, stride=2, groups=x.shape[1])


def finer(x: Tensor) -> Tensor:
    """P x, (1, C, 2h, 2w) of (1, C, h, w); weights at the border add up to 3/4 a side."""
    return conv_transpose2d(x, _spread(x), padding=1, stride=2, groups=x.shape[1])


def evened(x: Tensor) -> Tensor:
    """(1, C, h, w) with a row or column of zeros more where their number is odd."""
    down, right = (side % 2 for side in x.shape[2:])
    if not down and not right:
        return x
    return pad(x, (0, right, 0, down)).contiguous(memory_format=torch.channels_last)


def weigh_borders_(x: Tensor) -> Tensor:
    """`x`, its border divided in place by what the weights of `finer` add up to there."""
    for border in (x[:, :, :1], x[:, :, -1:], x[..., :1], x[..., -1:]):
        border.mul_(4 / 3)
    return x


def _spread(x: Tensor) -> Tensor:
    line = torch.tensor([0.25, 0.75, 0.75, 0.25], device=x.device)
    return torch.outer(line, line).expand(x.shape[1], 1, 4, 4)


def _coloured(x: Tensor, colours: int) -> Tensor:
    """(1, colours * N, h, w) of (1, N, h, w)."""
    return x.repeat(1, colours, 1, 1).contiguous(memory_format=torch.channels_last)
