"""Whether results can be written here, and whether the clocks agree: asked by every machine.

Snakemake compares times of files that several machines wrote. A file that is made here tells the
time of the file system, which all of them share.
"""

from __future__ import annotations

import socket
import tempfile
import time
from pathlib import Path

from inputgrad.errors import StoreError

MOST_SECONDS = 60.0  # by which a clock may be off; Snakemake waits as long for a late file


def check_folder(results: Path) -> None:
    """StoreError where this machine cannot write there, or its clock is far off."""
    here = socket.gethostname()
    try:
        results.mkdir(parents=True, exist_ok=True)
        before = time.time()
        with tempfile.NamedTemporaryFile(dir=results, prefix=".written-by-") as file:
            off = Path(file.name).stat().st_mtime - before
    except OSError as error:
        raise StoreError(
            f"{here} cannot write to {results}: {error.strerror}; choose a folder that this user "
            "may write to on every machine, under `results:` of the configuration"
        ) from None
    if abs(off) > MOST_SECONDS:
        raise StoreError(
            f"the clock of {here} is {abs(off):.0f} s {'behind' if off > 0 else 'ahead of'} that "
            f"of the file system with {results}; set it (NTP), since Snakemake compares times of "
            "files"
        )
