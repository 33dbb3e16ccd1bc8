"""A real Slurm of one node on localhost: no systemd, no accounting, two GPUs that are no GPUs.

Debian's packages `slurm-wlm` and `munge`, and root. What it took:
- `SLURM_CONF` alone does not do: the executor plugin drops it before it calls srun, so the files
  are linked into /etc/slurm, where none may be.
- A GPU needs a device file, else the node is invalid; any character device will do.
- Memory limits are kept by the accountant of jobs alone (`OverMemoryKill`), asked every second.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue")
LINKED = Path("/etc/slurm")
DEVICES = ("/dev/null", "/dev/zero")
PATIENCE = 60.0  # seconds for the daemons to start or end
CONFIGURATION = """\
ClusterName=local
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill
JobAcctGatherFrequency=task=1
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0
MinJobAge=300
KillWait=2
ReturnToService=2
SlurmdParameters=config_overrides
MpiDefault=none
SwitchType=switch/none
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=60 State=UP OverSubscribe=NO
"""


def missing() -> str | None:
    """What this machine lacks for it, with the remedy; None where nothing does."""
    if os.geteuid() != 0:
        return "a Slurm can only be started by root"
    if lacking := [name for name in PROGRAMS if shutil.which(name) is None]:
        return (
            f"no {', '.join(lacking)} here: "
            "apt-get install --yes --no-install-recommends slurm-wlm munge"
        )
    if present := [str(f) for f in LINKED.glob("*.conf") if f.name in ("slurm.conf", "gres.conf")]:
        return f"{', '.join(present)}: this machine has a Slurm already, which is left alone"
    return None


@contextmanager
def started(folder: Path) -> Iterator[None]:
    """A Slurm that runs while the body does; only the daemons that it started are ended."""
    _write(folder)
    links = [LINKED / name for name in ("slurm.conf", "gres.conf")]
    daemons = {
        "munged": ["--force", *_munge(folder)],
        "slurmctld": ["-c", "-f", str(folder / "slurm.conf")],
        "slurmd": ["-f", str(folder / "slurm.conf")],
    }
    try:
        LINKED.mkdir(exist_ok=True)
        for link in links:
            link.symlink_to(folder / link.name)
        for name, options in daemons.items():
            subprocess.run([name, *options], check=True)
        _wait_until(lambda: ask("sinfo", "-h", "-o", "%T") == "idle", "the node is not idle")
        yield
    finally:
        for name in reversed(daemons):
            _end(name, folder / f"{name}.pid")
        for link in links:
            link.unlink(missing_ok=True)


def ask(*command: str) -> str:
    """What one of Slurm's programs says; nothing where it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _write(folder: Path) -> None:
    folder.chmod(0o755)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(0o600)
    key.write_bytes(os.urandom(1024))
    host = socket.gethostname().partition(".")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 9 // 10 // 2**20
    text = CONFIGURATION.format(
        host=host,
        folder=folder,
        ports=_free_ports(),
        cores=os.cpu_count(),
        memory=memory,
        gpus=len(DEVICES),
    )
    (folder / "slurm.conf").write_text(text)
    lines = ["AutoDetect=off", *(f"NodeName={host} Name=gpu File={d}" for d in DEVICES)]
    (folder / "gres.conf").write_text("\n".join(lines) + "\n")


def _munge(folder: Path) -> list[str]:
    files = {"socket": "munge.sock", "key-file": "munge.key", "pid-file": "munged.pid"}
    files |= {"log-file": "munged.log", "seed-file": "munge.seed"}
    return [f"--{option}={folder / name}" for option, name in files.items()]


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as two:
        for found in (one, two):
            found.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], two.getsockname()[1]]


def _end(name: str, file: Path) -> None:
    """End the daemon whose number the file holds, if it is still that daemon."""
    pid = int(file.read_text()) if file.is_file() and file.read_text().strip() else 0
    process = Path(f"/proc/{pid}")
    with suppress(OSError):
        if pid and (process / "comm").read_text().strip() == name:
            os.kill(pid, signal.SIGTERM)
            _wait_until(lambda: not process.exists(), f"{name} does not end")


def _wait_until(condition: Callable[[], bool], complaint: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(complaint)
        time.sleep(0.1)
