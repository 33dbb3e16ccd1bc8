"""Rule train_attacks: what one attack that is trained learns of one model."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.complete import complete, gather, require_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.keeping import Keeping
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.files import write_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    cells = dag.training_cells(snakemake.wildcards.model, snakemake.wildcards.key)
    require_planned(cells, snakemake.params.cells, results=dag.results)
    complete(dag.plan, dag.store, cells, (), keeping=Keeping(everything=False))
    write_parquet(gather(dag.store, cells), Path(snakemake.output.rows))
