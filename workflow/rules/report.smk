rule gather_statistics:
    input:
        index=RESULTS / "images" / "index.json",
        rows=every_job,
    output:
        tables=expand(RESULTS / "statistics" / "{table}.parquet", table=JOBS.tables),
        data=expand(RESULTS / "report" / "data" / "{table}.csv", table=JOBS.tables),
        exemplars=RESULTS / "statistics" / "exemplars.json",
    log:
        "logs/gather_statistics.log",
    conda:
        "../../environment.yml"
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("gather_statistics"),
    message:
        "Gather the statistics"
    script:
        "../../scripts/gather_statistics.py"


rule draw_figures:
    input:
        index=RESULTS / "images" / "index.json",
        tables=rules.gather_statistics.output.tables,
        exemplars=rules.gather_statistics.output.exemplars,
        pictures=expand(RESULTS / "collect_exemplars" / "{model}.npz", model=JOBS.models),
        classes=per_group("npz"),
    output:
        figures=directory(RESULTS / "figures"),
    log:
        "logs/draw_figures.log",
    conda:
        "../../environment.yml"
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("draw_figures"),
        words=JOBS.figure_words_digest,
    message:
        "Draw the figures"
    script:
        "../../scripts/draw_figures.py"


rule render_report:
    input:
        index=RESULTS / "images" / "index.json",
        tables=rules.gather_statistics.output.tables,
        data=rules.gather_statistics.output.data,
        figures=rules.draw_figures.output.figures,
    output:
        html=RESULTS / "report" / "report.html",
        pdf=RESULTS / "report" / "report.pdf",
        headline=RESULTS / "report" / "headline.txt",
    log:
        "logs/render_report.log",
        reading="logs/render_report.json",
    conda:
        "../../environment.yml"
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("render_report"),
        templates=JOBS.templates_digest,
        engine=PDF_ENGINE.name,
    message:
        "Render the report"
    script:
        "../../scripts/render_report.py"


rule record_provenance:
    input:
        index=RESULTS / "images" / "index.json",
        rows=every_job,
        figures=rules.draw_figures.output.figures,
        report=rules.render_report.output,
    output:
        provenance=RESULTS / "provenance.json",
    log:
        "logs/record_provenance.log",
    conda:
        "../../environment.yml"
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("record_provenance"),
        templates=JOBS.templates_digest,
        engine=PDF_ENGINE.name,
    message:
        "Write down where everything came from"
    script:
        "../../scripts/record_provenance.py"


rule adversarial_images:
    input:
        index=RESULTS / "images" / "index.json",
        rows=RESULTS / "statistics" / "adversarial.parquet",
    output:
        folders=directory(RESULTS / "adversarial_images"),
    log:
        "logs/adversarial_images.log",
    conda:
        "../../environment.yml"
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("adversarial_images"),
    message:
        "Adversarial images as folders"
    script:
        "../../scripts/adversarial_images.py"
