"""`prefetch`: download the weights that torchvision publishes to TORCH_HOME."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module

from inputgrad.commands.options import add_config, open_config
from inputgrad.models import SOURCES
from inputgrad.models.specification import check

HELP = "download the weights, for machines whose nodes have no network"


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)


def run(arguments: Namespace) -> int:
    """Download what is missing; say where each model's weights are."""
    specifications = open_config(arguments).specifications
    for specification in specifications.values():
        check(specification)
    for name, specification in specifications.items():
        if specification.source == "torchvision":
            place = import_module(SOURCES["torchvision"]).prefetch(specification)
            print(f"{name}: {place}")
        else:
            print(f"{name}: nothing to download, its weights are on this machine")
    return 0
