"""Rule gather_statistics: the tables of the sample, as Parquet and CSV, and the exemplars."""

from pathlib import Path

from inputgrad.cells.plan import Plan
from inputgrad.config.schema import parse_config
from inputgrad.files import write_text
from inputgrad.jobs.exemplars import as_json, choosing_columns
from inputgrad.jobs.logs import logger, logging_to
from inputgrad.photographs.index import load_index
from inputgrad.tables.files import read_columns, write_csv, write_parquet
from inputgrad.tables.gathering import gather_tables

with logging_to(snakemake.log[0]):
    plan = Plan(parse_config(snakemake.config))
    index, rows = load_index(Path(snakemake.input.index)), map(Path, snakemake.input.rows)
    parquet = {path.stem: path for path in map(Path, snakemake.output.tables)}
    csv = {path.stem: path for path in map(Path, snakemake.output.data)}
    for name, table in gather_tables(index, rows):
        write_parquet(table, parquet[name])
        write_csv(table, csv[name])
        logger.info("%s: %d rows", name, len(table))
    found = {
        t: read_columns(t, parquet[t], columns) for t, columns in choosing_columns(plan).items()
    }
    write_text(Path(snakemake.output.exemplars), as_json(plan, found))
