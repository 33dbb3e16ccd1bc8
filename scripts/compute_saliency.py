"""Rule compute_saliency: saliency maps of one batch for one model, every run."""

from pathlib import Path

from inputgrad.config import parse_config
from inputgrad.dag import Dag
from inputgrad.jobs import complete_image_cells, gather, require_planned
from inputgrad.logs import logging_to
from inputgrad.tables import write_parquet

FAMILY = "saliency"

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    model, batch = snakemake.wildcards.model, snakemake.wildcards.batch
    cells = dag.batch_cells(FAMILY, model, batch)
    require_planned(cells, snakemake.params.cells)
    complete_image_cells(dag.plan, dag.store, cells, dag.batch(batch).images)
    write_parquet(gather(FAMILY, dag.store, cells), Path(snakemake.output.table))
