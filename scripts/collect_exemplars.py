"""Rule collect_exemplars: the pictures that one model's figures need, by the cells' own code."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_arrays
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.exemplars import collect, from_json
from inputgrad.jobs.logs import logging_to

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    exemplars = from_json(Path(snakemake.input.exemplars).read_text(encoding="utf-8"))
    arrays = collect(dag, snakemake.wildcards.model, exemplars)
    write_arrays(Path(snakemake.output.arrays), arrays)
