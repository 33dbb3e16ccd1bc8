"""`docs`: write `config/README.md` and `docs/tables.md` from what the modules declare."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from inputgrad.config import manual as of_the_configuration
from inputgrad.tables import manual as of_the_tables

HELP = "write config/README.md and docs/tables.md from the schema"


def add_arguments(_parser: ArgumentParser) -> None:
    """The command has no options."""


def run(_arguments: Namespace) -> int:
    """Write the files and say where they are."""
    print(of_the_configuration.write())
    print(of_the_tables.write())
    return 0
