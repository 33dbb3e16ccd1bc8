"""Options of every command that reads a configuration."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from inputgrad.config.schema import Config, load_config
from inputgrad.errors import ConfigError


def add_config(parser: ArgumentParser) -> None:
    """Add `--config` and `--directory`."""
    parser.add_argument("--config", type=Path, required=True, help="configuration file")
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(),
        help="folder that the workflow runs in; paths are relative to it (default: here)",
    )


def open_config(arguments: Namespace) -> Config:
    """Read the configuration, then go to the folder of the workflow."""
    config = load_config(arguments.config)
    try:
        os.chdir(arguments.directory)
    except OSError as error:
        raise ConfigError(
            f"--directory {arguments.directory}: {error.strerror}; give the folder with results/"
        ) from None
    return config
