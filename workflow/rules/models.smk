rule predict:
    input:
        mark=MARK,
        batch=ancient(RESULTS / "images" / "batches" / "{batch}.json"),
        weights=weights_file,
    output:
        rows=RESULTS / "predict" / "{model}" / "{batch}.parquet",
    log:
        "logs/predict/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "predict" / "{model}" / "{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_batch("predictions")),
    params:
        cells=planned(of_batch("predictions")),
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
        rows=RESULTS / "compute_saliency" / "{model}" / "{batch}.parquet",
    log:
        "logs/compute_saliency/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "compute_saliency" / "{model}" / "{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_batch("saliency")),
    params:
        cells=planned(of_batch("saliency")),
    message:
        "Saliency maps: {wildcards.model}, batch {wildcards.batch}"
    script:
        "../../scripts/compute_saliency.py"


rule train_attacks:
    input:
        mark=MARK,
        weights=weights_file,
    output:
        rows=RESULTS / "train_attacks" / "{model}" / "{key}.parquet",
    log:
        "logs/train_attacks/{model}/{key}.log",
    benchmark:
        RESULTS / "benchmark" / "train_attacks" / "{model}" / "{key}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_training),
    params:
        cells=planned(of_training),
    message:
        "Train an attack: {wildcards.model}, training {wildcards.key}"
    script:
        "../../scripts/train_attacks.py"


rule attack_images:
    input:
        mark=MARK,
        batch=ancient(RESULTS / "images" / "batches" / "{batch}.json"),
        weights=weights_file,
        maps=maps_to_attack_by,
        trainings=trainings_of_attacks,
    output:
        rows=RESULTS / "attack_images" / "{model}" / "{batch}.parquet",
    log:
        "logs/attack_images/{model}/{batch}.log",
    benchmark:
        RESULTS / "benchmark" / "attack_images" / "{model}" / "{batch}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_batch("adversarial")),
    params:
        cells=planned(of_batch("adversarial")),
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
        rows=RESULTS / "visualize_classes" / "{model}" / "{group}.parquet",
        arrays=RESULTS / "visualize_classes" / "{model}" / "{group}.npz",
    log:
        "logs/visualize_classes/{model}/{group}.log",
    benchmark:
        RESULTS / "benchmark" / "visualize_classes" / "{model}" / "{group}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_group),
    params:
        cells=planned(of_group),
    message:
        "Class visualisation: {wildcards.model}, group {wildcards.group}"
    script:
        "../../scripts/visualize_classes.py"


rule judge_images:
    input:
        mark=MARK,
        index=ancient(RESULTS / "images" / "index.json"),
        judged=judged_rows,
        weights=weights_file,
    output:
        rows=RESULTS / "judge_images" / "{model}" / "{key}.parquet",
    log:
        "logs/judge_images/{model}/{key}.log",
    benchmark:
        RESULTS / "benchmark" / "judge_images" / "{model}" / "{key}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory_to_judge,
        runtime=wall_time(of_judge),
    params:
        cells=planned(of_judge),
    message:
        "Judge the images: {wildcards.model}, batch or group {wildcards.key}"
    script:
        "../../scripts/judge_images.py"


rule collect_exemplars:
    input:
        index=RESULTS / "images" / "index.json",
        exemplars=RESULTS / "statistics" / "exemplars.json",
        weights=weights_file,
    output:
        arrays=RESULTS / "collect_exemplars" / "{model}.npz",
    log:
        "logs/collect_exemplars/{model}.log",
    benchmark:
        RESULTS / "benchmark" / "collect_exemplars" / "{model}.tsv"
    conda:
        "../../environment.yml"
    threads: JOBS.config.threads
    resources:
        mem_mb=memory,
        runtime=wall_time(of_exemplars),
    params:
        cells=lambda wildcards: sample().sample_digest(),
        code=JOBS.code_of("collect_exemplars"),
    message:
        "Pictures of the exemplars: {wildcards.model}"
    script:
        "../../scripts/collect_exemplars.py"
