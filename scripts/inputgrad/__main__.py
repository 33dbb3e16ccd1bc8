"""`python -m inputgrad`: commands that look after what the workflow computes.

To add one: a module in `inputgrad/commands/` and its line here.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from types import ModuleType

from inputgrad.commands import add, docs, new, prefetch, prune, report, status, verify
from inputgrad.errors import InputgradError

COMMANDS: dict[str, ModuleType] = {
    "report": report,
    "status": status,
    "new": new,
    "add": add,
    "prune": prune,
    "verify": verify,
    "prefetch": prefetch,
    "docs": docs,
}
INTERRUPTED = 130  # as a shell reports Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a user's mistake is told on standard error, with status 1."""
    parser = ArgumentParser(prog="inputgrad", description="What networks see.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.HELP))
    chosen = parser.parse_args(arguments)
    try:
        code: int = COMMANDS[chosen.command].run(chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except InputgradError as error:
        print(f"inputgrad {chosen.command}: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
