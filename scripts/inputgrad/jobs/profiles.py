"""Profiles: how Snakemake is told where jobs run.

A profile is a folder with `config.yaml`, which holds options of Snakemake's command line. Those in
`workflow/profiles/` go by their names; any other folder will do as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inputgrad.config.reading import read_config
from inputgrad.errors import ConfigError, unknown
from inputgrad.places import WORKFLOW

FILE = "config.yaml"
LOCAL = "local"
SLURM = "slurm"


@dataclass(frozen=True)
class Profile:
    """A folder with options of Snakemake; `executor` is what runs the jobs."""

    folder: Path
    options: Mapping[str, Any]

    @property
    def executor(self) -> str:
        """`local`, `slurm` or that of another plugin."""
        return str(self.options.get("executor", LOCAL))

    @property
    def default_resources(self) -> dict[str, str]:
        """What the profile sets for every job, such as `slurm_partition`."""
        entries = self.options.get("default-resources") or ()
        if isinstance(entries, Mapping):
            return {str(name): str(value) for name, value in entries.items()}
        return dict(str(entry).partition("=")[::2] for entry in entries)


def read_profile(name: str) -> Profile:
    """A profile by its name or folder; ConfigError where there is none."""
    known = sorted(path.parent.name for path in (WORKFLOW / "profiles").glob(f"*/{FILE}"))
    folder = WORKFLOW / "profiles" / name if name in known else Path(name)
    file = folder / FILE
    if not file.is_file():
        raise ConfigError(f"{unknown('profile', name, known)}, or a folder with {FILE}")
    return Profile(folder.absolute(), read_config(file))
