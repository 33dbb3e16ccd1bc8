"""Rule draw_figures: every figure of the report in every language, from summary and pictures."""

from pathlib import Path

from inputgrad.config.schema import parse_config
from inputgrad.jobs.changes import check_planned
from inputgrad.jobs.dag import Dag
from inputgrad.jobs.logs import logging_to
from inputgrad.places import TEMPLATES
from inputgrad.report.assets import NATIVE
from inputgrad.report.figures.arrays import load_pictures, read_exemplars
from inputgrad.report.figures.labels import load_architectures, load_labels, load_methods
from inputgrad.report.figures.native import write_native
from inputgrad.report.figures.output import draw_all
from inputgrad.report.figures.words import Words
from inputgrad.report.network_names import network_names
from inputgrad.report.run_names import run_names
from inputgrad.report.summaries.context import context_of
from inputgrad.report.summaries.summary import summarize
from inputgrad.tables.files import read_parquet

with logging_to(snakemake.log[0]):
    dag = Dag(parse_config(snakemake.config))
    given = [snakemake.params.code, snakemake.params.words]
    now = [dag.code_of("draw_figures"), dag.figure_words_digest]
    check_planned(given, now, "the code or report_templates/", results=dag.results)
    tables = [Path(path) for path in snakemake.input.tables]
    frames = {path.stem: read_parquet(path.stem, path).to_pandas() for path in tables}
    classes = [Path(path) for path in snakemake.input.classes]
    summary = summarize(frames, context=context_of(dag.config))
    pictures = load_pictures(
        read_exemplars(Path(snakemake.input.exemplars)),
        photographs={Path(path).stem: Path(path) for path in snakemake.input.pictures},
        visualizations={m: [p for p in classes if p.parent.name == m] for m in dag.models},
        show=summary.context.show,
    )
    write_native(summary, pictures, Path(snakemake.output.figures) / NATIVE)
    for language in dag.config.report.languages:
        architectures = load_architectures(TEMPLATES, language)
        words = Words(
            load_labels(TEMPLATES, language),
            dag.plan.classes.name,
            network_names(summary.context.models, architectures),
            run_names(summary.context.settings["saliency"], load_methods(TEMPLATES, language)),
        )
        draw_all(summary, pictures, words, Path(snakemake.output.figures) / language)
