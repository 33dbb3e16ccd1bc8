"""Rule judge_images: what one model says of the images that every model has made, its own too."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete, gather, require_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.files import write_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    model, key = snakemake.wildcards.model, snakemake.wildcards.key
    cells = dag.judge_cells(model, key)
    require_planned(cells, snakemake.params.cells, results=dag.results)
    complete(dag.plan, dag.store, cells, dag.photographs_of(key), keeping=dag.keeping())
    write_parquet(gather(dag.store, cells), Path(snakemake.output.rows))
