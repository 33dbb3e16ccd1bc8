"""`docs`: write `config/README.md` from the schema."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from inputgrad import config_docs

HELP = "write config/README.md from the schema"


def add_arguments(_parser: ArgumentParser) -> None:
    """The command has no options."""


def run(_arguments: Namespace) -> int:
    """Write the file and say where it is."""
    print(config_docs.write())
    return 0
