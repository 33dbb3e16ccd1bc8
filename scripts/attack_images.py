"""Rule attack_images: adversarial images of one batch for one model, every run and measure."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete, gather, require_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.files import write_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    model, batch = snakemake.wildcards.model, snakemake.wildcards.batch
    cells = dag.batch_cells("adversarial", model, batch)
    require_planned(cells, snakemake.params.cells, results=dag.results)
    complete(dag.plan, dag.store, cells, dag.batch(batch).images, keeping=dag.keeping())
    write_parquet(gather(dag.store, cells), Path(snakemake.output.rows))
