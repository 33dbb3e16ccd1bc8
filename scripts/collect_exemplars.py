"""Rule collect_exemplars: the pictures that one model's figures need, by the cells' own code."""

import json
from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_arrays
from inputgrad.jobs.complete import complete_image_cells, exemplar_arrays
from inputgrad.jobs.dag import IMAGE_FAMILIES, Dag
from inputgrad.jobs.logs import logging_to

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    chosen = set(json.loads(Path(snakemake.input.exemplars).read_text(encoding="utf-8")))
    images = [image for image in dag.located() if image.image_id in chosen]
    arrays = {}
    for family in IMAGE_FAMILIES:
        cells = dag.exemplar_cells(family, snakemake.wildcards.model, images)
        complete_image_cells(dag.plan, dag.store, cells, images)
        arrays |= exemplar_arrays(dag.store, cells)
    write_arrays(Path(snakemake.output.arrays), arrays)
