"""Rows of a batch: which of them hold finite numbers only."""

from __future__ import annotations

import math

import pytest
import torch

from inputgrad.engine.rows import finite

LARGEST = torch.finfo(torch.float32).max


@pytest.mark.parametrize("shape", [(6, 3, 5, 4), (6, 7), (6, 3, 4, 3)])
@pytest.mark.parametrize("kind", [torch.float32, torch.complex64])
def test_a_row_with_one_odd_number_is_not_finite_and_large_ones_are(
    shape: tuple[int, ...], kind: torch.dtype
) -> None:
    batch = torch.zeros(shape, dtype=kind)
    rows = batch.view(len(batch), -1)
    rows[1, -1], rows[2, 0], rows[3, 1] = math.nan, math.inf, -math.inf
    rows[4], rows[5] = LARGEST, -LARGEST
    expected = [True, False, False, False, True, True]
    assert finite(batch).tolist() == expected
    if batch.dim() == 4:
        assert finite(batch.contiguous(memory_format=torch.channels_last)).tolist() == expected
