"""Noisy linear imputation: removed pixels are filled from what is left around them.

Each removed pixel is the weighted mean of its eight neighbours, 1/6 for a direct and 1/12 for a
diagonal one, removed or not; at the image's border the weights inside are scaled up to 1. Noise is
added, so that the smooth filling does not give away which pixels were removed (Rong, Leemann,
Borisov, Kasneci, Kasneci 2022, "A consistent and efficient evaluation strategy for attribution
methods", ICML, arXiv 2202.00449, section 4.2). The system of all masks and colours is solved at
once by conjugate gradients, preconditioned with a multigrid V-cycle (`images/multigrid.py`):
2 to 5 steps, where plain conjugate gradients need up to 300 on a large hole.

The start is a pyramid of means of known pixels, read from coarse to fine (pull-push: Gortler,
Grzeszczuk, Szeliski, Cohen 1996, "The lumigraph", section 3.4). The preconditioned residual tells
about the error, so a channel stops at the step in which it falls below `CLOSE` everywhere; that
step still leaves less than half of it. Against a sparse solver: 0.6/255 at the most on noise,
edges, discs, frames and stripes of 10 to 95 % of the pixels. A channel that has stopped stays as
it is until all have, so no mask's filling depends on the others.
"""

from __future__ import annotations

import torch
from torch import Tensor

from inputgrad.images.multigrid import (
    Level,
    coarser,
    evened,
    finer,
    hierarchy,
    neighbours,
    v_cycle,
    weigh_borders_,
)

CLOSE = 1.2 / 255  # [0, 1] units
STEPS = 40  # at most; none of the masks that were tried needed more than 6
TINY = 1e-30  # instead of a division by 0 where a channel has nothing left to solve


def impute(image: Tensor, removed: Tensor) -> Tensor:
    """`image` with the removed pixels of each mask filled in, without noise.

    image: (C, H, W) float32 in [0, 1].
    removed: (N, H, W) bool, H and W 2 or more; ValueError where a mask removes every pixel.
    Returns (N, C, H, W) float32, within 1/255 of the exact solution; known pixels
    are those of the image, bit for bit, and what was removed has no say.
    """
    if removed.dim() != 3 or removed.shape[1:] != image.shape[1:]:
        raise ValueError(
            f"expected masks (N, {image.shape[1]}, {image.shape[2]}), got {tuple(removed.shape)}"
        )
    if min(removed.shape[1:]) < 2:  # on a line Jacobi's step smooths nothing
        height, width = removed.shape[1:]
        raise ValueError(f"expected an image of 2 by 2 pixels or more, got {height} by {width}")
    if removed.flatten(1).all(dim=1).any():
        raise ValueError("a mask removes every pixel: at least one must stay to fill in from")
    colours, height, width = image.shape
    with torch.no_grad():
        mask = removed[None].to(torch.float32).contiguous(memory_format=torch.channels_last)
        mean = _known_means(image, removed)
        filled = _solved(_pull_push(image, mask, mean), hierarchy(mask, colours=colours))
    apart = filled.view(colours, len(removed), height, width).transpose(0, 1).contiguous()
    return torch.where(removed[:, None], apart.add_(mean.T[..., None, None]), image)


def noisy_linear(image: Tensor, removed: Tensor, noise: Tensor) -> Tensor:
    """`impute`, plus `noise` (C, H, W) on what was removed, clipped to [0, 1]."""
    filled = impute(image, removed)
    return torch.where(removed[:, None], (filled + noise).clamp(0, 1), filled)


def _known_means(image: Tensor, removed: Tensor) -> Tensor:
    """(C, N): mean of each colour over the known pixels of each mask."""
    known = (~removed).to(image.dtype)
    return (image[:, None] * known).sum(dim=(2, 3)) / known.sum(dim=(1, 2))


def _pull_push(image: Tensor, mask: Tensor, mean: Tensor) -> Tensor:
    """(1, C * N, H, W): each colour under each mask, minus its mean; first guesses in the holes.

    Without the mean the rounding of a thousand equal values would add up where only a few pixels
    are known.

    Means of known pixels over 4 x 4, weighted as `coarser` weighs, then over 4 x 4 of those where
    there was no known pixel, and so on; each read out by linear interpolation.
    """
    known = (image[:, None] - mean[..., None, None]).flatten(0, 1)[None]
    known = known.contiguous(memory_format=torch.channels_last)
    weight = (1 - mask).repeat(1, len(image), 1, 1).contiguous(memory_format=torch.channels_last)
    return _filled(known * weight, weight)


def _filled(weighted: Tensor, weight: Tensor) -> Tensor:
    """Values from their products with weights in [0, 1], the rest from the coarser grid."""
    height, width = weight.shape[2:]
    if height == width == 1:
        return weighted / weight.clamp(min=TINY)
    total = coarser(evened(weight))
    below = total.clamp(max=1)
    means = coarser(evened(weighted)).mul_(below).div_(total.clamp_(min=TINY))
    coarse = weigh_borders_(finer(_filled(means, below)))[..., :height, :width]
    return weighted.addcmul_(weight, coarse, value=-1).add_(coarse)


def _solved(x: Tensor, levels: list[Level]) -> Tensor:
    """Conjugate gradients from `x` (1, C, H, W) on; each channel by itself.

    Hestenes and Stiefel 1952, with the preconditioner of `multigrid`. Residuals are meaningless at
    known pixels, where the directions are 0.
    """
    diagonal = neighbours(torch.ones_like(x[:, :1]))
    residual = _residual(diagonal, x)
    direction = step = v_cycle(levels, residual)
    descent = _dot(residual, step)
    open_ = torch.ones_like(descent, dtype=torch.bool)
    for _ in range(STEPS):
        change = _residual(diagonal, direction)
        length = torch.where(open_, descent / _dot(direction, change).clamp(max=-TINY), 0)
        x.addcmul_(direction, length, value=-1)
        open_ &= _largest(step) > CLOSE
        if not open_.any():
            return x
        residual.addcmul_(change, length, value=-1)
        step, before = v_cycle(levels, residual), descent
        descent = _dot(residual, step)
        direction = torch.addcmul(step, direction, descent / before.clamp(min=TINY))
    raise RuntimeError(f"imputation did not come within 1/255 in {STEPS} steps")


def _residual(diagonal: Tensor, x: Tensor) -> Tensor:
    """W x - d x: what is left of b - A x where known pixels hold their values, else -A x."""
    return neighbours(x).addcmul_(diagonal, x, value=-1)


def _dot(first: Tensor, second: Tensor) -> Tensor:
    """Sums over the pixels of each channel, (1, C, 1, 1)."""
    return (first * second).sum(dim=(2, 3), keepdim=True)


def _largest(x: Tensor) -> Tensor:
    """Largest absolute value of each channel, (1, C, 1, 1)."""
    rows = x.permute(0, 2, 3, 1).flatten(2).abs().amax(dim=1)  # whole rows are side by side
    return rows.view(x.shape[3], x.shape[1]).amax(dim=0).view(1, -1, 1, 1)
