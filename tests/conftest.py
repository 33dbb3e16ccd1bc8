"""Puts the library on the path, as Snakemake does for a step script."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """As in a job: the number of threads changes the bits, and the machine may be busy."""
    import torch

    torch.set_num_threads(1)
