"""How torch is set up so that equal work gives equal bits: before anything is computed.

Threads decide the order of sums, so their number is part of a result's identity. On a GPU some
backward passes add in no fixed order and have no other version; those of pooling layers have one
in `models/pooling.py`. For what is left (pooling to a size between the input's and one pixel, or
called as a function, as Inception does) torch warns and goes on, and gradients are equal from run
to run up to rounding.
Products of float32 are products of float32: a GPU would round them to TF32 (10 bits) by default.
"""

from __future__ import annotations

import os

import torch

CUBLAS_WORKSPACE = ":4096:8"  # one of the two that cuBLAS is deterministic with (its manual, 2.1.4)


def set_up(device: torch.device, *, threads: int) -> None:
    """Set torch's global switches for a job that computes on `device`."""
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(mode=True, warn_only=device.type == "cuda")
    # it would also fill every new tensor with NaN, which costs Lite0 a quarter of its speed
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", CUBLAS_WORKSPACE)
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
