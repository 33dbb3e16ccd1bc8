"""Rule add_images: choose the photographs and put new ones into batches."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.choosing import choose_photographs
from inputgrad.jobs.logs import logger, logging_to

with logging_to(snakemake.log[0]):
    folder = Path(snakemake.output.index).parent
    index = choose_photographs(parse_config(snakemake.config), folder=folder)
    for refusal in index.refused:
        logger.warning("%s %s", refusal.file, refusal.reason)
    logger.info("%d photographs in %d batches", len(index.images), len(index.batches))
