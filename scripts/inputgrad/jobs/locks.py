"""Who computes into a results folder, so that the lock of a killed Snakemake holds nobody up.

Snakemake notes in `.snakemake/locks/` which files it reads and writes, but not who it is, and a
kill or a power cut leaves these notes behind. So whoever computes also writes itself down, beside
them: process, machine, the moment at which the process began, configuration. A process of this
machine that is gone, or whose number another one has by now, holds nothing. Of a process of
another machine that shares the folder nobody here can tell, so its lock stands.
"""

from __future__ import annotations

import atexit
import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from inputgrad.errors import WorkflowBusyError
from inputgrad.files import write_text
from inputgrad.hashing import digest

SAME_MOMENT = 5.0  # seconds by which two readings of a process's beginning may differ


@dataclass(frozen=True)
class Holder:
    """A process that computes, or has computed, into a results folder.

    pid, host: which one, on which machine.
    began: when the process began, seconds since 1970.
    config, folder: its configuration, and the folder that it runs in.
    """

    pid: int
    host: str
    began: float
    config: str
    folder: str

    @classmethod
    def here(cls, config: str) -> Holder:
        """The process that calls."""
        began = psutil.Process().create_time()
        return cls(os.getpid(), socket.gethostname(), began, config, str(Path.cwd()))

    @property
    def local(self) -> bool:
        """Whether it is, or was, on this machine."""
        return self.host == socket.gethostname()

    def lives(self) -> bool:
        """Whether it is a process of this machine that has not ended."""
        try:
            process = psutil.Process(self.pid) if self.local else None
            return (
                process is not None
                and process.status() != psutil.STATUS_ZOMBIE
                and abs(process.create_time() - self.began) < SAME_MOMENT
            )
        except psutil.NoSuchProcess:
            return False

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.began))
        where = "" if self.local else f" on {self.host}"
        return f"process {self.pid}{where}, since {since} ({self.config}, in {self.folder})"


class Lock:
    """The lock on one results folder, in the workflow's folder of notes, `.snakemake`."""

    def __init__(self, notes: Path, results: Path) -> None:
        self._notes = notes
        self._index = (results / "images" / "index.json").as_posix()  # every run locks it
        self._note = notes / "inputgrad-holders" / f"{digest(self._index, length=12)}.json"

    def claim(self, config: str) -> Holder | None:
        """Write this process down, and take off what a killed one has left: that one, or None.

        WorkflowBusyError where another process has the lock, or may have it.
        """
        before = self.holder()
        left = list(self._left())
        if before is not None and before.lives():
            raise WorkflowBusyError(
                f"these results are being computed by {before}; wait until it has ended, or end it"
            )
        if before is not None and not before.local and left:
            raise WorkflowBusyError(
                f"these results are locked by {before}; if it no longer runs there, "
                "`make unlock`, with the same CONFIG, takes the lock off"
            )
        self._note.unlink(missing_ok=True)
        self._create(Holder.here(config))
        for path in left:
            path.unlink(missing_ok=True)
        return before if left else None

    def take(self, config: str) -> None:
        """Write this process down as the holder: it has Snakemake's lock, so nobody else has."""
        write_text(self._note, _json(Holder.here(config)))
        atexit.register(self.release)

    def release(self) -> None:
        """Forget this process, if it is the one that is written down."""
        holder = self.holder()
        if holder is not None and holder.local and holder.pid == os.getpid():
            self._note.unlink(missing_ok=True)

    def holder(self) -> Holder | None:
        """Who is written down; None where nobody is, or a power cut has spoilt it."""
        try:
            return Holder(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def _left(self) -> Iterator[Path]:
        """Snakemake's lock files on these results."""
        for path in (self._notes / "locks").glob("*.lock"):
            if self._index in path.read_text(encoding="utf-8", errors="replace").splitlines():
                yield path

    def _create(self, holder: Holder) -> None:
        """Write the note; WorkflowBusyError where another process was quicker."""
        self._note.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._note.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_json(holder))
            os.link(name, self._note)  # unlike a rename, it fails where the name exists
        except FileExistsError:
            raise WorkflowBusyError(
                f"these results are being computed by {self.holder()}, which began just now"
            ) from None
        finally:
            Path(name).unlink()


def _json(holder: Holder) -> str:
    return json.dumps(asdict(holder))
