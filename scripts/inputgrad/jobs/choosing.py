"""The sample of a configuration, drawn from what its sources offer now."""

from __future__ import annotations

from pathlib import Path

from inputgrad.cells.plan import Plan
from inputgrad.config.schema import Config
from inputgrad.photographs import list_source
from inputgrad.photographs.building import build_index
from inputgrad.photographs.index import Index, write_index


def choose_photographs(config: Config, *, folder: Path) -> Index:
    """Draw the sample from the configured sources; its index and new batches go to `folder`.

    ConfigError where the targets that the configuration fixes do not fit the sample.
    """
    index = build_index(
        [(source, list_source(source)) for source in config.photograph_sources],
        n=config.images.n,
        seed=config.seed,
        batch_size=config.images.batch_size,
        store=folder / "batches",
        file_cache=folder / "file_hashes",
    )
    Plan(config).fixed_targets(index.images)
    write_index(index, folder / "index.json")
    return index
