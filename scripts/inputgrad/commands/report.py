"""`report`: check the configuration, compute what is missing and write the report.

Snakemake does the work; plain `snakemake --configfile` does the same. Before it starts, everything
that can be wrong with the configuration is told in one line, and the lock of a killed run is taken
off (`jobs.locks`). With a profile that submits jobs, the scheduler is asked for what it can do, and
the weights are downloaded first. Afterwards the report's findings are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from inputgrad.commands import prefetch
from inputgrad.commands.options import add_config, open_config
from inputgrad.config.schema import Config
from inputgrad.errors import StoreError
from inputgrad.jobs import wall_time
from inputgrad.jobs.changes import note_of
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.locks import Lock
from inputgrad.jobs.memory import memory_mb
from inputgrad.jobs.profiles import LOCAL, SLURM, Profile, read_profile
from inputgrad.jobs.regeneration import VARIABLE, mark_of
from inputgrad.jobs.shared_folder import check_folder
from inputgrad.jobs.slurm import ACCOUNT, PARTITION, found_here
from inputgrad.places import WORKFLOW
from inputgrad.registry import JUDGE, TECHNIQUES, TRAIN

HELP = "compute what is missing and write the report"
NOTES = Path(".snakemake")
SNAKEFILE, PROFILE = WORKFLOW / "Snakefile", WORKFLOW / "profiles" / "default"
BETWEEN_LOOKS = 5.0  # seconds
NEEDING_TORCH = (*(t.rule for t in TECHNIQUES.values()), TRAIN, JUDGE, "collect_exemplars")
DRY = frozenset({"-n", "--dry-run", "--dryrun"})  # with these Snakemake locks and changes nothing


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--cores", default="all", help="cores that jobs may use (default: all)")
    parser.add_argument(
        "--regenerate", action="store_true", help="compute everything anew, even what is stored"
    )
    parser.add_argument("--profile", help="where jobs run, such as slurm: its name or folder")
    parser.add_argument("--partition", help="slurm: the partition (default: Slurm's own)")
    parser.add_argument("--account", help="slurm: the account that is charged")
    parser.add_argument("options", nargs="*", help="more options for Snakemake, after --")


def run(arguments: Namespace) -> int:
    """Run Snakemake; its status."""
    file = arguments.config.absolute()
    profile = read_profile(arguments.profile) if arguments.profile else None
    config = open_config(arguments)
    Dag.checked(config).listing_digest()
    if DRY & set(arguments.options):
        return subprocess.run(_command(arguments, file, []), check=False).returncode
    check_folder(config.results)
    placing = _placing(arguments, profile, config)
    lock = Lock(NOTES, config.results)
    killed = lock.claim(str(arguments.config))
    if killed:
        print(f"taking off the lock of {killed}: it was killed", file=sys.stderr)
    if arguments.regenerate:
        _say_what_is_regenerated(config.results)
    changed = note_of(config.results)
    changed.unlink(missing_ok=True)
    try:
        command = _command(arguments, file, placing)
        status = _run(command, regenerate=arguments.regenerate, changed=changed)
    finally:
        lock.release()
    if changed.is_file():
        raise StoreError(changed.read_text(encoding="utf-8").strip())
    headline = config.results / "report" / "headline.txt"
    if status == 0 and headline.is_file():
        print(headline.read_text(encoding="utf-8"), end="")
    return status


def _placing(arguments: Namespace, profile: Profile | None, config: Config) -> list[str]:
    """Options of Snakemake that say where jobs run; what is downloaded for them is on this machine.

    Without a scheduler jobs share this machine's memory; with one, its nodes have their own.
    """
    if profile is None or profile.executor == LOCAL:
        where = ["--profile", str(profile.folder)] if profile else []
        return [*where, "--resources", f"mem_mb={memory_mb()}"]
    where = ["--profile", str(profile.folder)]
    if profile.executor == SLURM:
        chosen = {PARTITION: arguments.partition, ACCOUNT: arguments.account}
        defaults = profile.default_resources | {k: v for k, v in chosen.items() if v}
        slurm = found_here(device=config.device, partition=defaults.get(PARTITION))
        if slurm.partition.most_minutes is not None:
            os.environ[wall_time.VARIABLE] = str(slurm.partition.most_minutes)
        where += slurm.options(NEEDING_TORCH, defaults)
    prefetch.download(config)
    return where


def _command(arguments: Namespace, file: Path, placing: Sequence[str]) -> list[str]:
    """Snakemake's command line: live bars on a terminal, plain lines elsewhere."""
    shown = ["--logger", "rich"] if sys.stderr.isatty() else ["--quiet", "host", "reason"]
    # last what takes one value: the options may begin with the name of a rule
    given = ["--configfile", str(file), "--cores", arguments.cores]
    forced = ["--forceall"] if arguments.regenerate else []
    ours = ["--snakefile", str(SNAKEFILE), "--workflow-profile", str(PROFILE)]  # from any folder
    fixed = [sys.executable, "-m", "snakemake", *ours, *shown, *placing, *given, *forced]
    return [*fixed, *arguments.options]


def _run(command: Sequence[str], *, regenerate: bool, changed: Path) -> int:
    """The status at the end; after Ctrl-C as well, since Snakemake gets it and ends its jobs.

    Where a job has left the note `changed`, Snakemake is told to start no further ones.
    """
    variables = os.environ | ({VARIABLE: "1"} if regenerate else {})
    told = False
    with subprocess.Popen(command, env=variables) as process:
        while True:
            try:
                status = process.wait(timeout=BETWEEN_LOOKS)
                return status if status >= 0 else 128 - status  # by a signal, as a shell says it
            except subprocess.TimeoutExpired:
                if not told and changed.is_file():
                    process.terminate()  # it waits for the jobs that run
                    told = True
            except KeyboardInterrupt:
                continue


def _say_what_is_regenerated(results: Path) -> None:
    mark = mark_of(results)
    if mark.is_file():
        print(f"going on where a run was stopped; to begin anew, remove {mark}", file=sys.stderr)
