"""Which GPU of a machine a job computes on: each takes one by a lock and gives it back by ending.

Snakemake counts GPUs, but assigns none, and where several are visible every process takes the
first. So a job holds a lock (flock) on a file that is named after the device, from before it
touches the device until its process ends; a kill ends it as well, since the kernel drops the locks
of a process that is gone. Where all are taken a job waits. What a scheduler has assigned is all
that its jobs see, so there every job finds its own device free.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

BETWEEN_TRIES = 0.2  # seconds


def folder_of_locks() -> Path:
    """Where the locks of this user on this machine are."""
    return Path(tempfile.gettempdir()) / f"inputgrad-devices-{os.getuid()}"


@dataclass
class Devices:
    """The devices that a process sees, by names that other processes know them by.

    Of one device no lock is taken: all jobs share it.
    """

    names: Sequence[str]
    folder: Path = field(default_factory=folder_of_locks)

    def take(self, *, patience: float | None = None) -> int:
        """The number of a device that no other process holds, from now on held by this one.

        patience: seconds to wait for one at the most; None waits until one is given back.

        Raises TimeoutError where none was.
        """
        if len(self.names) == 1:
            return 0
        deadline = None if patience is None else time.monotonic() + patience
        while True:
            for number, name in enumerate(self.names):
                if self._lock(name):
                    return number
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(f"all of {', '.join(self.names)} are taken")
            time.sleep(BETWEEN_TRIES)

    def _lock(self, name: str) -> bool:
        """Hold the lock of a device until the process ends; False where another holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / (re.sub(r"[^A-Za-z0-9-]", "_", name) + ".lock")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        return True  # never closed: the lock is held for as long as the process lives
