"""Rule visualize_classes: images of one group of classes for one model, every run."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_arrays
from inputgrad.jobs.complete import complete_class_cells, gather, require_planned, run_arrays
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.tables.schema import write_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    planned = dag.group_cells(snakemake.wildcards.model, snakemake.wildcards.group)
    require_planned(planned, snakemake.params.cells)
    complete_class_cells(dag.plan, dag.store, planned, dag.located())
    cells = [class_cell.cell for class_cell in planned]
    table = gather("class_visualization", dag.store, cells)
    write_parquet(table, Path(snakemake.output.table))
    write_arrays(Path(snakemake.output.arrays), run_arrays(dag.store, cells))
