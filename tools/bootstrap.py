"""Make the virtual environment that requirements.lock describes.

Usage: python3 tools/bootstrap.py VENV LOCK [PYTHON]

Idea: any Python from 3.6 on can run this file, so that one too old for the project gets a line and
not a traceback. It looks for an interpreter that is new enough and has `venv`, makes VENV with it,
installs LOCK with its hashes, and at the end writes the hash of LOCK to the stamp VENV/.ready. An
interrupted installation leaves no stamp, and the next call continues it; a lock that was only
touched installs nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

OLDEST = (3, 11)  # requires-python in pyproject.toml
NEWEST = (3, 13)  # the newest for which every compiled package in the lock has wheels
CANDIDATES = ["python3", "python3.13", "python3.12", "python3.11", "python3.14"]
PROBE = "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip"
TAIL = 15  # lines of pip's log shown when it fails


class BootstrapError(Exception):
    """The environment cannot be made; the message says what was found and what to do."""


def main(arguments: "list[str]") -> int:
    """Bring VENV up to LOCK and return the exit status for the shell."""
    venv, lock = Path(arguments[0]), Path(arguments[1])
    try:
        bring_up(venv, lock, [name for name in arguments[2:] if name] or CANDIDATES)
    except BootstrapError as error:
        say(str(error), sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("interrupted; run the same command again to continue", sys.stderr)
        return 130
    return 0


def bring_up(venv: Path, lock: Path, candidates: "list[str]") -> None:
    """Create and install what is missing, then write the stamp."""
    stamp = venv / ".ready"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not has_pip(venv):
        create(venv, choose(candidates))
    elif stamp.exists():
        if stamp.read_text() == wanted:
            stamp.touch()
            return
        stamp.unlink()
    install(venv, lock)
    stamp.write_text(wanted)


def choose(candidates: "list[str]") -> str:
    """Return the first candidate with wheels and `venv`, else the first newer one.

    Raises BootstrapError with the remedy: another Python, or the missing `venv`.
    """
    found = [(python, *probe(python)) for python in candidates]
    new_enough = [entry for entry in found if entry[1] >= OLDEST]
    # False sorts before True: candidates with wheels come first, otherwise in the given order
    for python, _, has_venv in sorted(new_enough, key=lambda entry: entry[1] > NEWEST):
        if has_venv:
            return python
    if new_enough:
        python, version, _ = new_enough[0]
        raise BootstrapError(
            f"{python} (Python {dotted(version)}) has no venv: install it (on Debian and Ubuntu "
            f"apt install python{dotted(version)}-venv) or name another interpreter, "
            "PYTHON=/path/to/python3"
        )
    seen = ", ".join(f"{python} is {dotted(version)}" for python, version, _ in found if version)
    raise BootstrapError(
        f"Python {dotted(OLDEST)} or newer is needed, but {seen or 'none runs here'}: install "
        f"Python {dotted(NEWEST)} or name an interpreter, PYTHON=/path/to/python3"
    )


def probe(python: str) -> "tuple[tuple[int, ...], bool]":
    """Return (version, whether venv works) of an interpreter; version () if it does not run."""
    try:
        run = subprocess.run([python, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return tuple(int(part) for part in run.stdout.decode().split(".")), run.returncode == 0
    except (OSError, ValueError):  # absent; a shim that only prints an error
        return (), False


def dotted(version: "tuple[int, ...]") -> str:
    """Write (3, 11) as 3.11."""
    return ".".join(str(part) for part in version)


def create(venv: Path, python: str) -> None:
    """Make VENV with an interpreter, in place of whatever is left of an earlier one."""
    if venv.exists() and not (venv / "pyvenv.cfg").exists():
        raise BootstrapError(f"{venv} is no virtual environment: move it away or name another")
    shutil.rmtree(venv, ignore_errors=True)
    run = subprocess.run(
        [python, "-m", "venv", str(venv)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if run.returncode:
        raise BootstrapError(
            f"{python} -m venv {venv} failed: {run.stdout.decode(errors='replace').strip()}"
        )


def install(venv: Path, lock: Path) -> None:
    """Install the pinned dependencies quietly; show the end of pip's log if that fails."""
    log = venv / "install.log"
    size = "6 GB" if sys.platform.startswith("linux") else "2 GB"
    if log.exists():
        say(f"bringing the dependencies up to {lock}…")
    else:
        say(f"installing the pinned dependencies (about 2 minutes, {size})…")
    start = time.time()
    command = [interpreter(venv), "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
    with log.open("wb") as stream:
        status = subprocess.call(command, stdout=stream, stderr=subprocess.STDOUT)
    if status:
        tail = log.read_text(errors="replace").splitlines()[-TAIL:]
        raise BootstrapError(
            "\n".join(tail)
            + f"\npip could not install {lock}; its last lines are above, all of them in {log}. "
            "The same command tries again"
        )
    say(f"installed in {time.time() - start:.0f} s")


def has_pip(venv: Path) -> bool:
    """Tell whether VENV has an interpreter that runs and knows pip."""
    try:
        command = [interpreter(venv), "-c", "import pip"]
        return subprocess.call(command, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def interpreter(venv: Path) -> str:
    """Return the path of VENV's Python."""
    return str(venv / "bin" / "python")


def say(line: str, stream: "TextIO | None" = None) -> None:
    """Print a line at once, in whatever encoding the terminal has."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "ascii"
    print(line.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
