"""Rule visualize_classes: images of one group of classes for one model, every run and measure."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_arrays
from inputgrad.jobs.complete import complete, gather, require_planned, run_arrays
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.files import write_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    cells = dag.group_cells(snakemake.wildcards.model, snakemake.wildcards.group)
    require_planned(cells, snakemake.params.cells, results=dag.results)
    complete(dag.plan, dag.store, cells, dag.located(), keeping=dag.keeping())
    write_parquet(gather(dag.store, cells), Path(snakemake.output.rows))
    write_arrays(Path(snakemake.output.arrays), run_arrays(dag.store, cells))
