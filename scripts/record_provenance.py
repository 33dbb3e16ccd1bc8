"""Rule record_provenance: which cells, code and versions every file of the results came from."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_json
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.jobs.origins import Printing, origins
from inputgrad.report.fonts import FACES, FONTS

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    fonts = [FONTS / face.file for face in FACES]
    content = origins(dag, Printing(snakemake.params.engine, fonts))
    write_json(Path(snakemake.output.provenance), content)
