"""`report`: check the configuration, compute what is missing and write the report.

Snakemake does the work; plain `snakemake --configfile` does the same. Before it starts, everything
that can be wrong with the configuration is told in one line, and the lock of a killed run is taken
off (`jobs.locks`). Afterwards the report's findings are printed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from inputgrad.commands.options import add_config, open_config
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.locks import Lock
from inputgrad.jobs.memory import memory_mb
from inputgrad.jobs.regeneration import VARIABLE, mark_of

HELP = "compute what is missing and write the report"
NOTES = Path(".snakemake")
DRY = frozenset({"-n", "--dry-run", "--dryrun"})  # with these Snakemake locks and changes nothing


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)
    parser.add_argument("--cores", default="all", help="cores that jobs may use (default: all)")
    parser.add_argument(
        "--regenerate", action="store_true", help="compute everything anew, even what is stored"
    )
    parser.add_argument("options", nargs="*", help="more options for Snakemake, after --")


def run(arguments: Namespace) -> int:
    """Run Snakemake; its status."""
    file = arguments.config.absolute()
    config = open_config(arguments)
    Dag.checked(config).listing_digest()
    command = _command(arguments, file)
    if DRY & set(arguments.options):
        return subprocess.run(command, check=False).returncode
    lock = Lock(NOTES, config.results)
    killed = lock.claim(str(arguments.config))
    if killed:
        print(f"taking off the lock of {killed}: it was killed", file=sys.stderr)
    if arguments.regenerate:
        _say_what_is_regenerated(config.results)
    try:
        status = _run(command, regenerate=arguments.regenerate)
    finally:
        lock.release()
    headline = config.results / "report" / "headline.txt"
    if status == 0 and headline.is_file():
        print(headline.read_text(encoding="utf-8"), end="")
    return status


def _command(arguments: Namespace, file: Path) -> list[str]:
    """Snakemake's command line: live bars on a terminal, plain lines elsewhere."""
    shown = ["--logger", "rich"] if sys.stderr.isatty() else ["--quiet", "host", "reason"]
    resources = ["--resources", f"mem_mb={memory_mb()}"]
    # last what takes one value: the options may begin with the name of a rule
    given = ["--configfile", str(file), "--cores", arguments.cores]
    forced = ["--forceall"] if arguments.regenerate else []
    fixed = [sys.executable, "-m", "snakemake", *shown, *resources, *given, *forced]
    return [*fixed, *arguments.options]


def _run(command: Sequence[str], *, regenerate: bool) -> int:
    """The status at the end; after Ctrl-C as well, since Snakemake gets it and ends its jobs."""
    variables = os.environ | ({VARIABLE: "1"} if regenerate else {})
    with subprocess.Popen(command, env=variables) as process:
        while True:
            try:
                status = process.wait()
                return status if status >= 0 else 128 - status  # by a signal, as a shell says it
            except KeyboardInterrupt:
                continue


def _say_what_is_regenerated(results: Path) -> None:
    mark = mark_of(results)
    if mark.is_file():
        print(f"going on where a run was stopped; to begin anew, remove {mark}", file=sys.stderr)
