"""Rule render_report: the report as HTML and PDF, and the lines that `make report` ends with."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.files import write_text
from inputgrad.jobs.changes import check_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.places import TEMPLATES
from inputgrad.report.headline import headline
from inputgrad.report.pdf import Engine
from inputgrad.report.provenance import provenance
from inputgrad.report.summaries.context import context_of
from inputgrad.report.summaries.summary import summarize
from inputgrad.report.write import write_report
from inputgrad.tables.files import read_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    given = [snakemake.params.code, snakemake.params.templates]
    now = [dag.code_of("render_report"), dag.templates_digest]
    check_planned(given, now, "the code or report_templates/", results=dag.results)
    language = dag.config.report.languages[0]
    tables = [Path(path) for path in snakemake.input.tables]
    frames = {path.stem: read_parquet(path.stem, path).to_pandas() for path in tables}
    summary = summarize(frames, context=context_of(dag.config))
    html, pdf = Path(snakemake.output.html), Path(snakemake.output.pdf)
    reading = write_report(
        summary,
        Path(snakemake.input.figures),
        data=[Path(path) for path in snakemake.input.data],
        templates=TEMPLATES,
        language=language,
        provenance=provenance(dag, dag.devices()),
        pdf_engine=Engine(snakemake.params.engine),
        out=html.parent,
    )
    write_text(Path(snakemake.log.reading), reading.to_json())
    lines = headline(
        summary,
        templates=TEMPLATES,
        language=language,
        report=html,
        pdf=pdf,
        lacking=reading.lacking,
    )
    write_text(Path(snakemake.output.headline), lines)
