"""The memory that jobs may share.

Jobs declare what they may take (`models: <name>: memory_mb`); as many run together as fit. In a
container its limit is used, where the system reports one (control groups, version 2 or 1).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SHARE = 0.9  # the rest is for Snakemake and the system
BYTES = 10**6  # in one MB, as Snakemake counts
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_mb() -> int:
    """Nine tenths of the memory of the machine or container that this runs in, MB."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(SHARE * min([machine, *_limits()]) / BYTES)


def _limits() -> Iterator[int]:
    for path in LIMITS:
        text = path.read_text(encoding="ascii").strip() if path.is_file() else ""
        if text.isdigit():  # 'max' where there is no limit
            yield int(text)
