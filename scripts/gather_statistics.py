"""Rule gather_statistics: the tables of the sample, as Parquet and CSV, and the exemplars."""

import json
from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_text
from inputgrad.jobs.logs import logger, logging_to
from inputgrad.photographs.index import load_index
from inputgrad.tables.gathering import choose_exemplars, gather_tables
from inputgrad.tables.schema import write_csv, write_parquet

FAMILIES = ("predictions", "saliency", "adversarial", "class_visualization")

with logging_to(snakemake.log[0]):
    config = parse_config(snakemake.config)
    index = load_index(Path(snakemake.input.index))
    files = {family: [Path(p) for p in snakemake.input[family]] for family in FAMILIES}
    tables = gather_tables(index, files)
    for path in map(Path, snakemake.output.tables):
        write_parquet(tables[path.stem], path)
        logger.info("%s: %d rows", path.stem, len(tables[path.stem]))
    for path in map(Path, snakemake.output.data):
        write_csv(tables[path.stem], path)
    exemplars = choose_exemplars(index, tables["predictions"], n=config.images.exemplars)
    write_text(Path(snakemake.output.exemplars), json.dumps(exemplars) + "\n")
