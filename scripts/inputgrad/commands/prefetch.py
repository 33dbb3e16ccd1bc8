"""`prefetch`: download the weights that torchvision publishes to TORCH_HOME."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from importlib import import_module
from pathlib import Path

from inputgrad.commands.options import add_config, open_config
from inputgrad.config.schema import Config
from inputgrad.models import SOURCES
from inputgrad.models.specification import check

HELP = "download the weights, for machines whose nodes have no network"


def add_arguments(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_config(parser)


def run(arguments: Namespace) -> int:
    """Download what is missing; say where each model's weights are."""
    config = open_config(arguments)
    places = download(config)
    for name in config.models:
        print(f"{name}: {places.get(name, 'nothing to download, its weights are on this machine')}")
    return 0


def download(config: Config) -> dict[str, Path]:
    """Model -> where its weights are, for those that have to be downloaded once."""
    specifications = config.specifications
    for specification in specifications.values():
        check(specification)
    return {
        name: import_module(SOURCES["torchvision"]).prefetch(specification)
        for name, specification in specifications.items()
        if specification.source == "torchvision"
    }
