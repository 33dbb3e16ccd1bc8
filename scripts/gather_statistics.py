"""Rule gather_statistics: the tables of the sample, as Parquet and CSV, and the exemplars."""

from pathlib import Path

from inputgrad.cells.plan import Plan
from inputgrad.config.schema import parse_config
from inputgrad.files import write_text
from inputgrad.jobs.exemplars import as_json
from inputgrad.jobs.logs import logger, logging_to
from inputgrad.photographs.index import load_index
from inputgrad.tables.files import write_csv, write_parquet
from inputgrad.tables.gathering import gather_tables

with logging_to(snakemake.log[0]):
    plan = Plan(parse_config(snakemake.config))
    tables = gather_tables(load_index(Path(snakemake.input.index)), map(Path, snakemake.input.rows))
    for path in map(Path, snakemake.output.tables):
        write_parquet(tables[path.stem], path)
        logger.info("%s: %d rows", path.stem, len(tables[path.stem]))
    for path in map(Path, snakemake.output.data):
        write_csv(tables[path.stem], path)
    write_text(Path(snakemake.output.exemplars), as_json(plan, tables))
