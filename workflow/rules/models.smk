rule predict:
    input:
        mark=MARK,
        batch=ancient(RESULTS / "images" / "batches" / "{batch}.json"),
        weights=weights_file,
    output:
        table=RESULTS / "predict" / "{model}" / "{batch}.parquet",
    params:
        cells=batch_cells("predictions"),
    log:
        "logs/predict/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "predict" / "{model}" / "{batch}.tsv"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
    conda:
        "../../environment.yml"
    message:
        "Predict: {wildcards.model}, batch {wildcards.batch}"
    script:
        "../../scripts/predict.py"


rule compute_saliency:
    input:
        mark=MARK,
        batch=ancient(RESULTS / "images" / "batches" / "{batch}.json"),
        weights=weights_file,
    output:
        table=RESULTS / "compute_saliency" / "{model}" / "{batch}.parquet",
    params:
        cells=batch_cells("saliency"),
    log:
        "logs/compute_saliency/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "compute_saliency" / "{model}" / "{batch}.tsv"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
    conda:
        "../../environment.yml"
    message:
        "Saliency maps: {wildcards.model}, batch {wildcards.batch}"
    script:
        "../../scripts/compute_saliency.py"


rule attack_images:
    input:
        mark=MARK,
        batch=ancient(RESULTS / "images" / "batches" / "{batch}.json"),
        weights=weights_file,
    output:
        table=RESULTS / "attack_images" / "{model}" / "{batch}.parquet",
    params:
        cells=batch_cells("adversarial"),
    log:
        "logs/attack_images/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "attack_images" / "{model}" / "{batch}.tsv"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
    conda:
        "../../environment.yml"
    message:
        "Adversarial images: {wildcards.model}, batch {wildcards.batch}"
    script:
        "../../scripts/attack_images.py"


rule visualize_classes:
    input:
        mark=MARK,
        index=ancient(RESULTS / "images" / "index.json"),
        weights=weights_file,
    output:
        table=RESULTS / "visualize_classes" / "{model}" / "{group}.parquet",
        arrays=RESULTS / "visualize_classes" / "{model}" / "{group}.npz",
    params:
        cells=lambda wildcards: identities(
            sample().group_cells(wildcards.model, wildcards.group)
        ),
    log:
        "logs/visualize_classes/{model}/{group}.log",
    benchmark:
        RESULTS / "benchmark" / "visualize_classes" / "{model}" / "{group}.tsv"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
    conda:
        "../../environment.yml"
    message:
        "Class visualisation: {wildcards.model}, group {wildcards.group}"
    script:
        "../../scripts/visualize_classes.py"


rule collect_exemplars:
    input:
        index=RESULTS / "images" / "index.json",
        exemplars=RESULTS / "statistics" / "exemplars.json",
        weights=weights_file,
    output:
        arrays=RESULTS / "collect_exemplars" / "{model}.npz",
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("gather_statistics", "collect_exemplars"),
    log:
        "logs/collect_exemplars/{model}.log",
    benchmark:
        RESULTS / "benchmark" / "collect_exemplars" / "{model}.tsv"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
    conda:
        "../../environment.yml"
    message:
        "Pictures of the exemplars: {wildcards.model}"
    script:
        "../../scripts/collect_exemplars.py"
