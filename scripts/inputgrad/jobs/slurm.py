"""Slurm, asked before anything is submitted: what it can do, and what a run has to be told.

The executor plugin polls with `sacct` where it finds that program, and waits for ever where no
accounting is behind it; it asks for no GPU by itself, and a job that fits no node stays in the
queue without a word. So each of these is asked here, with a time-out, and what is wrong is one
line with its remedy.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from inputgrad.errors import SchedulerError, unknown

PARTITION, ACCOUNT = "slurm_partition", "slurm_account"  # resources of the executor plugin
TIMEOUT = 20.0  # seconds that Slurm has to answer
BETWEEN_CHECKS = 40  # seconds; the plugin's own interval between two looks at the jobs
SHORTEST_MEMORY = 15  # seconds for which Slurm must remember a job that has ended
GPU = re.compile(r"\bgpu\b")
LIMIT = re.compile(r"(?:(?P<days>\d+)-)?(?P<clock>\d+(?::\d+){0,2})")


@dataclass(frozen=True)
class Partition:
    """Nodes that jobs are sent to.

    default: whether jobs that name none come here; gpus: whether some node has GPUs.
    most_minutes: the longest that a job may take; None without a limit.
    """

    name: str
    default: bool
    gpus: bool
    most_minutes: int | None


@dataclass(frozen=True)
class Slurm:
    """What was found.

    status_command: the program that knows how jobs ended, `sacct` or `squeue`.
    first_check: seconds after which the jobs are looked at, before Slurm forgets any.
    partition: where the jobs go.
    gpus: whether jobs that need torch ask for one.
    """

    status_command: str
    first_check: int
    partition: Partition
    gpus: bool

    def options(self, rules: Iterable[str], defaults: Mapping[str, str]) -> list[str]:
        """Options of Snakemake.

        rules: those whose jobs need torch. defaults: resources of every job. Where Slurm keeps no
        accounts none exists, and the plugin would refuse every name.
        """
        found = ["--slurm-status-command", self.status_command]
        found += ["--slurm-init-seconds-before-status-checks", str(self.first_check)]
        given = {**defaults, PARTITION: self.partition.name}
        if self.status_command != "sacct":
            given.pop(ACCOUNT, None)
        found += ["--default-resources", *(f"{name}={_text(v)}" for name, v in given.items())]
        if self.gpus:
            found += ["--set-resources", *(f"{rule}:gres={_text('gpu:1')}" for rule in rules)]
        return found


def _text(value: str) -> str:
    """A resource's value as Snakemake reads it: numbers as they are, a text in quotes."""
    return value if value.isdigit() or value[:1] in "'\"" else repr(value)


def found_here(*, device: str, partition: str | None) -> Slurm:
    """What Slurm offers to a configuration's `device`; SchedulerError says what is in the way."""
    chosen = _chosen(_partitions(), partition)
    if device == "cuda" and not chosen.gpus:
        having = [p.name for p in _partitions() if p.gpus]
        remedy = f"name one that has, PARTITION={having[0]}, or set" if having else "set"
        raise SchedulerError(
            f"device: cuda is configured, but no node of the partition {chosen.name!r} has GPUs; "
            f"{remedy} `device: auto`, which computes on processors there"
        )
    command = _status_command()
    remembered = _seconds_remembered()
    if command == "squeue" and remembered < SHORTEST_MEMORY:
        raise SchedulerError(
            f"this Slurm keeps no accounts and forgets jobs {remembered} s after their end "
            "(MinJobAge), so nobody can tell how they ended; ask for MinJobAge=300 or accounting"
        )
    first = BETWEEN_CHECKS if command == "sacct" else min(BETWEEN_CHECKS, remembered // 3)
    return Slurm(command, first, chosen, gpus=device != "cpu" and chosen.gpus)


def _partitions() -> list[Partition]:
    """All partitions that take jobs, those of several kinds of nodes joined."""
    found: dict[str, Partition] = {}
    for line in _ask("sinfo", "--noheader", "--format=%P|%G|%l|%a").splitlines():
        name, gres, limit, state = line.split("|")
        if state != "up":
            continue
        plain = name.removesuffix("*")
        before = found.get(plain)
        gpus = bool(GPU.search(gres)) or (before is not None and before.gpus)
        found[plain] = Partition(plain, name.endswith("*"), gpus, minutes(limit))
    return [*found.values()]


def _chosen(partitions: Sequence[Partition], name: str | None) -> Partition:
    names = [p.name for p in partitions]
    wanted = [p for p in partitions if (p.default if name is None else p.name == name)]
    if wanted:
        return wanted[0]
    if name is None:
        known = ", ".join(names) or "none is up"
        raise SchedulerError(f"Slurm has no default partition; name one, PARTITION=…: {known}")
    raise SchedulerError(unknown("partition", name, names))


def minutes(limit: str) -> int | None:
    """A time limit as Slurm writes it, `days-hours:minutes:seconds`; None for no limit."""
    parts = LIMIT.fullmatch(limit)
    if parts is None:  # infinite, n/a
        return None
    clock = [int(part) for part in parts["clock"].split(":")]
    if parts["days"]:
        hours, minute, _ = (*clock, 0, 0)[:3]
        return (int(parts["days"]) * 24 + hours) * 60 + minute
    if len(clock) == 1:
        return clock[0]
    hours, minute, _ = (0, 0, *clock)[-3:]
    return hours * 60 + minute


def _status_command() -> str:
    """`sacct` where it answers, in one call with a time-out, else `squeue`."""
    try:
        _ask("sacct", "--allocations", "--noheader", "--starttime=now")
    except SchedulerError:
        return "squeue"
    return "sacct"


def _seconds_remembered() -> int:
    """For how long Slurm can be asked about a job that has ended."""
    found = re.search(r"^MinJobAge\s*=\s*(\d+)", _ask("scontrol", "show", "config"), re.MULTILINE)
    return int(found[1]) if found else 0


def _ask(*command: str) -> str:
    """What one of Slurm's programs says; SchedulerError where it fails or does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except OSError:
        raise SchedulerError(
            f"there is no Slurm on this machine (no program {command[0]}): run this on the "
            "cluster's login node, or leave PROFILE=slurm out"
        ) from None
    except subprocess.TimeoutExpired:
        raise SchedulerError(
            f"Slurm does not answer ({command[0]} took more than {TIMEOUT:.0f} s): is its "
            "controller running? `scontrol ping` says so; or leave PROFILE=slurm out"
        ) from None
    if done.returncode:
        said = [*done.stderr.strip().splitlines(), "no reason given"][0]
        raise SchedulerError(
            f"Slurm does not answer ({said}): is its controller running? `scontrol ping` says so; "
            "or leave PROFILE=slurm out"
        )
    return done.stdout
