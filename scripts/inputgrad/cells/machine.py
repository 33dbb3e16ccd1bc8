"""On what a cell was computed: numbers agree bit for bit on the same kind of machine only."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import torch

CPUINFO = Path("/proc/cpuinfo")


@cache
def machine(device: torch.device) -> str:
    """The processor in its maker's words, and for a CPU the instructions that torch uses."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{_processor()}, {torch.backends.cpu.get_cpu_capability()}"


def _processor() -> str:
    if not CPUINFO.is_file():
        return platform.processor() or platform.machine()
    lines = CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    first = {name.strip(): value.strip() for name, _, value in _until_blank(lines)}
    kind = [f"{key} {first[key]}" for key in ("cpu family", "model") if key in first]
    return ", ".join([first.get("model name", platform.machine()), *kind])


def _until_blank(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Name, colon and value of each line about the first processor."""
    return (line.partition(":") for line in itertools.takewhile(str.strip, lines))
