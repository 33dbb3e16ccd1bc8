"""Rule draw_figures: every figure of the report, from the tables and the exemplars' pictures."""

import json
from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.report.figures import output
from inputgrad.report.figures.data import load
from inputgrad.report.figures.order import order_of

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    classes = [Path(path) for path in snakemake.input.classes]
    data = load(
        statistics=Path(snakemake.input.tables[0]).parent,
        exemplars={Path(path).stem: Path(path) for path in snakemake.input.pictures},
        visualizations={m: [p for p in classes if p.parent.name == m] for m in dag.models},
        order=order_of(dag.config, json.loads(Path(snakemake.input.exemplars).read_text())),
        classes=dag.plan.classes,
    )
    output.draw_all(data, Path(snakemake.output.figures))
