"""Rule adversarial_images: the adversarial images as folders of PNG files with their labels."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.image_folders import write_folders
from inputgrad.jobs.logs import logger, logging_to
from inputgrad.tables.files import read_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    rows = read_parquet("adversarial", Path(snakemake.input.rows)).to_pylist()
    number = write_folders(dag, rows, Path(snakemake.output.folders))
    logger.info("%d images", number)
