"""Rows of a batch of fixed shape: replacing some of them, without a look at which."""

from __future__ import annotations

import torch
from torch import Tensor


def overwrite(tensor: Tensor, new: Tensor, rows: Tensor) -> None:
    """Put `new`, (N, ...) like `tensor` or of one row, into the given rows, (N,) bool."""
    chosen = rows.view(-1, *[1] * (tensor.dim() - 1))
    torch.where(chosen, new.to(tensor.dtype), tensor, out=tensor)
