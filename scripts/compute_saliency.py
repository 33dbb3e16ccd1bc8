"""Rule compute_saliency: saliency maps of one batch for one model, every run."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete_image_cells, gather, require_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.schema import write_parquet

FAMILY = "saliency"

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    model, batch = snakemake.wildcards.model, snakemake.wildcards.batch
    cells = dag.batch_cells(FAMILY, model, batch)
    require_planned(cells, snakemake.params.cells)
    complete_image_cells(dag.plan, dag.store, cells, dag.batch(batch).images)
    write_parquet(gather(FAMILY, dag.store, cells), Path(snakemake.output.table))
