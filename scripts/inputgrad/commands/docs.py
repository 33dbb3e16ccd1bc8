"""`docs`: write `config/README.md` from the schema."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from inputgrad.config import manual

HELP = "write config/README.md from the schema"


def add_arguments(_parser: ArgumentParser) -> None:
    """The command has no options."""


def run(_arguments: Namespace) -> int:
    """Write the file and say where it is."""
    print(manual.write())
    return 0
