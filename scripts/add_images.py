"""Rule add_images: choose the photographs and put new ones into batches."""

from pathlib import Path

from inputgrad.config import parse_config
from inputgrad.logs import logger, logging_to
from inputgrad.photographs import list_source
from inputgrad.photographs.index import build_index, write_index

with logging_to(snakemake.log[0]):
    config = parse_config(snakemake.config)
    folder = config.results / "images"
    index = build_index(
        [(source.kind, list_source(source)) for source in config.photograph_sources],
        n=config.images.n,
        seed=config.seed,
        batch_size=config.images.batch_size,
        store=folder / "batches",
        file_cache=folder / "file_hashes",
    )
    for refusal in index.refused:
        logger.warning("%s %s", refusal.file, refusal.reason)
    logger.info("%d photographs in %d batches", len(index.images), len(index.batches))
    write_index(index, Path(snakemake.output.index))
